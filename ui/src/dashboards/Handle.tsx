// A handle by which something is moved or resized in steps of a grid: dragged with any pointer, or with the arrow keys.
import type { LucideIcon } from "lucide-react";
import { useRef } from "react";

const STEPS: Record<string, [columns: number, rows: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Props {
  icon: LucideIcon;
  label: string;
  className: string;
  /** How large a step is, in pixels. */
  step: () => { column: number; row: number };
  /** Something begins from where it is now. */
  onBegin: () => void;
  /** So many steps from where it began. */
  onShift: (columns: number, rows: number) => void;
}

export function Handle({ icon: Icon, label, className, step, onBegin, onShift }: Props) {
  const from = useRef<{ x: number; y: number; column: number; row: number; shift: string } | null>(null);
  const release = () => {
    from.current = null;
  };
  return (
    <button
      type="button"
      aria-label={label}
      title={`${label}: drag, or use the arrow keys`}
      className={`touch-none ${className}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, y: event.clientY, ...step(), shift: "0 0" };
        onBegin();
      }}
      onPointerMove={(event) => {
        const began = from.current;
        if (!began) return;
        const columns = Math.round((event.clientX - began.x) / began.column);
        const rows = Math.round((event.clientY - began.y) / began.row);
        if (began.shift === `${columns} ${rows}`) return;
        began.shift = `${columns} ${rows}`;
        onShift(columns, rows);
      }}
      onPointerUp={release}
      onPointerCancel={release}
      onKeyDown={(event) => {
        const steps = STEPS[event.key];
        if (!steps) return;
        event.preventDefault();
        onBegin();
        onShift(...steps);
      }}
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}
