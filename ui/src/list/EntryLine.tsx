// One entry as one line. Everything in it is cut to what fits, unless lines wrap; the details have it whole.
import { memo } from "react";
import { isError } from "../entries/entry";
import type { Column } from "../url/table";
import { type CellProps, cellOf } from "./cells";

interface Props extends CellProps {
  columns: readonly Column[];
  open: boolean;
  selected: boolean;
  marked: boolean;
  pinned: boolean;
  onToggle: (id: string) => void;
}

const DRAG = 4;
/** Where the pointer was pressed last. */
let pressed = { x: 0, y: 0 };

/** Text that is being selected opens nothing, also where the browser has nothing selected in the end. */
function isPlainClick(event: React.MouseEvent): boolean {
  const hasPointer = event.detail > 0;
  const isDragged = hasPointer && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > DRAG;
  const selected = getSelection()?.toString() ?? "";
  return !isDragged && selected === "";
}

export const EntryLine = memo(function EntryLine(line: Props) {
  const { entry, columns, open, selected, marked, pinned } = line;
  const barred = entry.level === "warning" || isError(entry.level);
  return (
    <div
      role="row"
      className="row"
      data-level={entry.level}
      data-selected={selected || undefined}
      data-marked={marked || undefined}
      data-pinned={pinned || undefined}
      aria-expanded={open}
      aria-selected={selected}
      onPointerDown={(event) => {
        pressed = { x: event.clientX, y: event.clientY };
      }}
      onClick={(event) => {
        if (isPlainClick(event)) line.onToggle(entry.id);
      }}
    >
      <span className={`bar ${barred ? `fill-${entry.level}` : ""}`} role="presentation" />
      {columns.map(({ name }) => cellOf(name, line))}
    </div>
  );
});
