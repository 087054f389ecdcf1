// The panels in their places: on a grid of twelve columns, on a phone below each other. While they are edited, each has
// handles by which it is moved and resized.
import { useRef, useState } from "react";
import { useNarrow } from "../state/media";
import type { Asked, Panel } from "./dashboard";
import { panelTitle } from "./dashboard";
import { COLUMNS, inWords, moved, readingOrder, reordered, resized } from "./layout";
import { type Editing, PanelFrame } from "./PanelFrame";

/** Pixels. */
const ROW = 40;
const GAP = 12;
const NARROW = 768;

function rowSize(narrow: boolean, fills: boolean): number | string {
  if (narrow) return "auto";
  return fills ? "minmax(0, 1fr)" : ROW;
}

/** A panel, and what it is told apart by from others while they change. */
export interface Item {
  id: number;
  panel: Panel;
}

interface Props {
  items: readonly Item[];
  asked: Asked;
  moment: { current: number };
  /** Null: nothing can be changed. */
  editing: { change: (items: Item[]) => void; edit: (item: Item) => void } | null;
  /** Whether they fill the window, however many rows there are. */
  fills?: boolean;
}

export function PanelGrid({ items, asked, moment, editing, fills = false }: Props) {
  const grid = useRef<HTMLUListElement>(null);
  const begun = useRef<readonly Item[]>(items);
  const [told, setTold] = useState("");
  const narrow = useNarrow(NARROW);
  const order = readingOrder(items.map(({ panel }) => panel));
  const step = () => ({ column: ((grid.current?.clientWidth ?? 0) + GAP) / COLUMNS, row: ROW + GAP });

  /** The panels that another arrangement of those that were there makes of them. */
  const arrange = (from: readonly Item[], change: (panels: readonly Panel[]) => Panel[], id: number) => {
    const panels = change(from.map(({ panel }) => panel));
    const next = from.map((item, at) => ({ ...item, panel: panels[at] ?? item.panel }));
    editing?.change(next);
    const own = next.find((item) => item.id === id)?.panel;
    if (own) setTold(`${panelTitle(own)}: ${inWords(own)}`);
  };
  const editingOf = (item: Item, at: number): Editing => ({
    narrow,
    step,
    onBegin: () => {
      begun.current = items;
    },
    onMove: (columns, rows) => arrange(begun.current, (panels) => moved(panels, at, columns, rows), item.id),
    onResize: (columns, rows) => arrange(begun.current, (panels) => resized(panels, at, columns, rows), item.id),
    onReorder: (by) => arrange(items, (panels) => reordered(panels, at, by), item.id),
    onEdit: () => editing?.edit(item),
    onRemove: () => editing?.change(items.filter(({ id }) => id !== item.id)),
  });
  return (
    <>
      <ul
        ref={grid}
        aria-label="Panels"
        className={`grid ${fills && !narrow ? "h-full" : ""}`}
        style={{
          gap: GAP,
          gridTemplateColumns: narrow ? "minmax(0, 1fr)" : `repeat(${COLUMNS}, minmax(0, 1fr))`,
          gridAutoRows: rowSize(narrow, fills),
        }}
      >
        {order.map((at) => {
          const item = items[at];
          if (!item) return null;
          const { x, y, w, h } = item.panel;
          const place = { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}` };
          return (
            <li
              key={item.id}
              className="min-w-0"
              style={
                narrow
                  ? { gridColumn: "1", gridRow: "auto", height: h * (ROW + GAP) - GAP }
                  : { ...place, height: "auto" }
              }
            >
              <PanelFrame panel={item.panel} asked={asked} moment={moment} editing={editing && editingOf(item, at)} />
            </li>
          );
        })}
      </ul>
      <p role="status" className="sr-only">
        {told}
      </p>
    </>
  );
}
