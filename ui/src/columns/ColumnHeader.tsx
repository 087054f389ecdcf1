// The titles of the columns above the list, and between them the handles that make one wider or narrower.
import { useRef } from "react";
import { bounded, type Column, NARROWEST } from "../url/table";
import { titleOf } from "./names";
import { changeTable, showDragged, useTable } from "./table";

const STEP = 16;

export function ColumnHeader() {
  const { columns } = useTable();
  const resize = (name: string, width: number | null) =>
    changeTable({ columns: columns.map((one) => (one.name === name ? { name, width } : one)) });
  return (
    <div role="rowgroup" className="sticky top-0 z-10">
      <div role="row" className="header-row">
        <span role="presentation" />
        {columns.map((column) => (
          <span key={column.name} role="columnheader" className="relative flex min-w-0 items-center">
            <span className="truncate" title={column.name}>
              {titleOf(column.name)}
            </span>
            <Handle column={column} onResize={(width) => resize(column.name, width)} />
          </span>
        ))}
      </div>
    </div>
  );
}

/** Drag it, which is kept once it is let go, or use the arrow keys; a double click gives the column its own width back. */
function Handle({ column, onResize }: { column: Column; onResize: (width: number | null) => void }) {
  const drag = useRef<{ x: number; width: number } | null>(null);
  const widthOf = (handle: HTMLElement) => handle.parentElement?.getBoundingClientRect().width ?? NARROWEST;
  return (
    <span
      role="slider"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={`Width of ${titleOf(column.name)}`}
      aria-valuemin={NARROWEST}
      aria-valuemax={bounded(Number.MAX_SAFE_INTEGER)}
      aria-valuenow={column.width ?? NARROWEST}
      aria-valuetext={column.width === null ? "automatic" : `${column.width} pixels`}
      className="handle"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, width: widthOf(event.currentTarget) };
      }}
      onPointerMove={(event) => {
        if (!drag.current) return;
        const width = bounded(drag.current.width + event.clientX - drag.current.x);
        showDragged({ name: column.name, width });
      }}
      onPointerUp={(event) => {
        if (drag.current && drag.current.x !== event.clientX) onResize(column.width);
      }}
      onLostPointerCapture={() => {
        drag.current = null;
        showDragged(null);
      }}
      onDoubleClick={() => onResize(null)}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
        if (by !== undefined) onResize(bounded(widthOf(event.currentTarget) + by));
        else if (event.key === "Backspace" || event.key === "Delete") onResize(null);
        else return;
        event.preventDefault();
      }}
    />
  );
}
