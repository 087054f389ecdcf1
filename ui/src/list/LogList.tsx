// The list: virtual, so that a billion rows cost what a screenful costs. Lines have a fixed height, and what is open is
// measured. While the reader reads, rows may be added above, but what is on screen stays where it is.
import { type ReactNode, type RefObject, useEffect, useImperativeHandle, useMemo, useState } from "react";
import { ColumnHeader } from "../columns/ColumnHeader";
import { useTable } from "../columns/table";
import { tracksOf } from "../columns/tracks";
import { entryOf } from "../entries/row";
import { rowTime, type TimeFormat } from "../time/format";
import { useNow } from "../time/useNow";
import { useTimeFormat } from "../time/useTimeFormat";
import type { Density } from "../url/table";
import type { Order } from "../url/view";
import { ListItem } from "./ListItem";
import { type Align, Layout } from "./layout";
import { keyOf, type ListRow, type RowSource } from "./rowSource";
import { useAnchor } from "./useAnchor";
import { type Measured, useHeights } from "./useHeights";
import { useScroll } from "./useScroll";

export interface ListHandle {
  toTop(): void;
  show(index: number, align?: Align): void;
  /** The first row that is seen. */
  firstSeen(): number;
}

interface Props {
  rows: RowSource;
  open: string | null;
  selected: string | null;
  following: boolean;
  highlight: RegExp | null;
  /** In which order the rows are whose times are told apart by how much later each is; null: they aren't. */
  deltas: Order | null;
  details: (id: string) => ReactNode;
  /** The ids of the entries that stay in view elsewhere. */
  marks: readonly string[];
  onToggle: (id: string) => void;
  /** The reader has left the top, or begun to select text. */
  onReading: () => void;
  /** Which row is the first that is seen. */
  onFirst: (first: number) => void;
  handle: RefObject<ListHandle | null>;
}

const LINES: Record<Density, number> = { compact: 22, normal: 28, roomy: 36 };
const PHONE_LINE = 52;
const HEADER = 26;
const OTHER = 36;
const OVERSCAN = 8;

export function LogList(props: Props) {
  const { rows, open, selected, following, highlight, deltas, marks, details, onToggle, onReading, onFirst, handle } =
    props;
  const { columns, wrap, density, isPhone } = useTable();
  const line = isPhone ? PHONE_LINE : LINES[density];
  const time = useTimeFormat();
  const now = useNow(time.mode === "relative" ? 1000 : 60_000);
  const { heights, version, measure } = useHeights(rows.list);
  const openIndex = useMemo(() => (open === null ? -1 : rows.indexOf(open)), [rows, open]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the heights are the same object with every version
  const layout = useMemo(
    () => new Layout(rows.count, line, heightsOf(rows, heights, openIndex, wrap, line)),
    [rows, openIndex, heights, version, line, wrap],
  );
  const header = isPhone ? 0 : HEADER;
  const scroll = useScroll(layout.height, header);
  const { scroller, offset, shift, view, height, moveTo, onScroll } = scroll;
  const top = layout.indexAt(offset);
  const bottom = layout.indexAt(offset + view);
  const first = Math.max(0, top - OVERSCAN);
  const last = Math.min(layout.count - 1, bottom + OVERSCAN);
  const { want } = rows;
  useEffect(() => want(first, last), [want, first, last]);
  useEffect(() => onFirst(top), [onFirst, top]);
  useAnchor({ rows, layout, scroll, top, bottom, openIndex, following });
  useSelecting(scroller, onReading);
  useImperativeHandle(handle, () => ({
    toTop: () => moveTo(0),
    show: (index, align = "auto") => moveTo(layout.offsetFor(index, align, offset, view)),
    firstSeen: () => top,
  }));
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget || (event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault(); // the browser's own way there may be smooth, and so no jump
    if (following) onReading();
    moveTo(event.key === "Home" ? 0 : layout.height);
  };
  const timeWidth = useTimeWidth(rows.at(last) ?? rows.at(first), time, now, deltas !== null);
  return (
    <div
      ref={scroller}
      role="treegrid"
      aria-label="Log entries"
      aria-rowcount={rows.count}
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto overscroll-contain outline-offset-[-2px] [overflow-anchor:none]"
      data-wrap={wrap || undefined}
      style={
        {
          "--time-width": timeWidth,
          "--row-height": `${line}px`,
          "--columns": tracksOf(columns),
        } as React.CSSProperties
      }
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        if (following && event.currentTarget.scrollTop > 4) onReading();
        onScroll();
      }}
    >
      {!isPhone && <ColumnHeader />}
      <div role="rowgroup" className="rows" style={{ height }}>
        <div role="presentation" style={{ transform: `translateY(${layout.startOf(first) - shift}px)` }}>
          {Array.from({ length: last - first + 1 }, (_, step) => {
            const index = first + step;
            const row = rows.at(index);
            const isOpen = index === openIndex;
            const isMeasured = isOpen || (row !== undefined && (wrap || row.kind !== "entry"));
            return (
              <div
                key={keyOf(rows, index)}
                data-id={row?.id}
                data-index={index}
                role="presentation"
                ref={isMeasured ? measure : undefined}
              >
                <ListItem
                  row={row}
                  index={index}
                  columns={columns}
                  time={time}
                  now={now}
                  open={isOpen}
                  selected={row !== undefined && row.id === selected}
                  pinned={row !== undefined && marks.includes(row.id)}
                  marked={row !== undefined && row.id === rows.marked}
                  highlight={highlight}
                  since={deltas === null ? null : timeOf(rows.at(deltas === "asc" ? index - 1 : index + 1))}
                  details={details}
                  onToggle={onToggle}
                />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const timeOf = (row: ListRow | undefined): string | null => (row?.kind === "entry" ? entryOf(row).timestamp : null);

/** Of the rows that are not lines, or that may wrap, by index, ascending. */
function heightsOf(
  rows: RowSource,
  heights: ReadonlyMap<string, Measured>,
  openIndex: number,
  wrap: boolean,
  line: number,
): [index: number, height: number][] {
  const known = new Map<number, number>();
  for (const index of rows.others) known.set(index, heights.get(rows.at(index)?.id ?? "")?.height ?? OTHER);
  if (openIndex >= 0) known.set(openIndex, heights.get(rows.at(openIndex)?.id ?? "")?.height ?? line);
  if (wrap) {
    for (const [id, { index, height }] of heights) {
      const now = rows.fixed ? index : rows.indexOf(id);
      if (now >= 0 && now < rows.count && !known.has(now)) known.set(now, height);
    }
  }
  return [...known].sort(([a], [b]) => a - b);
}

/** Tells when text in an element begins to be selected. */
function useSelecting(element: RefObject<HTMLElement | null>, onSelecting: () => void): void {
  useEffect(() => {
    const look = () => {
      const selection = getSelection();
      if (selection && !selection.isCollapsed && element.current?.contains(selection.anchorNode)) onSelecting();
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [onSelecting, element]);
}

/** Wide enough for the date as soon as a row has shown one; narrower again only with another list. */
function useTimeWidth(row: ListRow | undefined, time: TimeFormat, now: number, withDelta: boolean): string {
  const [dated, setDated] = useState(false);
  const isDated = row?.kind === "entry" && rowTime(entryOf(row).timestamp, time, now).length > 12;
  useEffect(() => setDated((known) => known || isDated), [isDated]);
  const clock = dated || isDated ? 9.6 : 6.4;
  return `${(time.mode === "relative" ? 5 : clock) + (withDelta ? 4.8 : 0)}rem`;
}
