// The list: virtual, so that a billion rows cost what a screenful costs. Lines have a fixed height, and what is open is
// measured. While the reader reads, rows may be added above, but what is on screen stays where it is.
import { type ReactNode, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react";
import { entryOf } from "../entries/row";
import { useNarrow } from "../state/media";
import { rowTime } from "../time/format";
import { useNow } from "../time/useNow";
import { useTimeFormat } from "../time/useTimeFormat";
import { EntryLine } from "./EntryLine";
import { GapLine } from "./GapLine";
import { Layout } from "./layout";
import { MoreLine } from "./MoreLine";
import type { RowSource } from "./rowSource";
import { SkeletonLine } from "./SkeletonLine";
import { useHeights } from "./useHeights";
import { useScroll } from "./useScroll";

export interface ListHandle {
  toTop(): void;
  show(index: number, align?: "auto" | "center" | "start"): void;
  /** The first row that is seen. */
  firstSeen(): number;
  focus(): void;
}

interface Props {
  rows: RowSource;
  open: string | null;
  selected: string | null;
  following: boolean;
  highlight: RegExp | null;
  details: (id: string) => ReactNode;
  onToggle: (id: string) => void;
  /** The reader has left the top, or begun to select text. */
  onReading: () => void;
  /** Which row is the first that is seen. */
  onFirst: (first: number) => void;
  handle: React.RefObject<ListHandle | null>;
}

const LINE = 28;
const TALL_LINE = 52;
const OTHER = 36;
const OVERSCAN = 8;

export function LogList(props: Props) {
  const { rows, open, selected, following, highlight, details, onToggle, onReading, onFirst, handle } = props;
  const line = useNarrow(768) ? TALL_LINE : LINE;
  const time = useTimeFormat();
  const now = useNow(time.mode === "relative" ? 1000 : 60_000);
  const { heights, measure } = useHeights();
  const openIndex = useMemo(() => (open === null ? -1 : rows.indexOf(open)), [rows, open]);
  const layout = useMemo(() => {
    const others = openIndex < 0 ? rows.others : [...rows.others, openIndex].sort((a, b) => a - b);
    const height = (index: number) => heights.get(rows.at(index)?.id ?? "") ?? (index === openIndex ? line : OTHER);
    return new Layout(
      rows.count,
      line,
      others.map((index) => [index, height(index)] as const),
    );
  }, [rows, openIndex, heights, line]);
  const { scroller, offset, shift, view, height, moveTo, onScroll } = useScroll(layout.height);
  const top = layout.indexAt(offset);
  const bottom = layout.indexAt(offset + view);
  const first = Math.max(0, top - OVERSCAN);
  const last = Math.min(layout.count - 1, bottom + OVERSCAN);
  const { want } = rows;
  useEffect(() => want(first, last), [want, first, last]);
  useEffect(() => onFirst(top), [onFirst, top]);

  // What is being read stays: when what is on screen gets another place, the scroll position moves with it. A row that is
  // opened stays under the mouse, whatever else closes.
  const keyOf = (index: number) => (rows.fixed ? index : (rows.at(index)?.id ?? index));
  const seen = useRef<{ key: string | number; start: number }[]>([]);
  useLayoutEffect(() => {
    if (following) return moveTo(0);
    const places = seen.current.map(({ key, start }) => ({
      index: typeof key === "number" ? key : rows.indexOf(key),
      start,
    }));
    const kept =
      places.find(({ index }) => index >= 0 && index === openIndex) ?? places.find(({ index }) => index >= 0);
    if (!kept) return;
    const moved = layout.startOf(kept.index) - kept.start;
    if (moved !== 0) moveTo(offset + moved);
  }, [layout, following]);
  // What a list is about stands in its middle at first.
  const centred = useRef(false);
  useLayoutEffect(() => {
    if (rows.marked === null || centred.current || view === 0) return;
    centred.current = true;
    moveTo(layout.offsetFor(rows.indexOf(rows.marked), "center", offset, view));
  }, [rows, layout, view]);
  useLayoutEffect(() => {
    seen.current = [];
    for (let index = top; index <= bottom; index++) {
      seen.current.push({ key: keyOf(index), start: layout.startOf(index) });
    }
  });

  useEffect(() => {
    const begun = () => {
      const selection = getSelection();
      if (selection && !selection.isCollapsed && scroller.current?.contains(selection.anchorNode)) onReading();
    };
    document.addEventListener("selectionchange", begun);
    return () => document.removeEventListener("selectionchange", begun);
  }, [onReading, scroller]);

  useImperativeHandle(handle, () => ({
    toTop: () => moveTo(0),
    show: (index, align = "auto") => moveTo(layout.offsetFor(index, align, offset, view)),
    firstSeen: () => top,
    focus: () => scroller.current?.focus({ preventScroll: true }),
  }));
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.target !== event.currentTarget || (event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault(); // the browser's own way there may be smooth, and so no jump
    if (following) onReading();
    moveTo(event.key === "Home" ? 0 : layout.height);
  };

  // Wide enough for the date as soon as a row has shown one; narrower again only with another list.
  const [dated, setDated] = useState(false);
  const shownRow = rows.at(last) ?? rows.at(first);
  const isDated = shownRow?.kind === "entry" && rowTime(entryOf(shownRow).timestamp, time, now).length > 12;
  useEffect(() => setDated((known) => known || isDated), [isDated]);
  const timeWidth = time.mode === "relative" ? "5rem" : dated || isDated ? "9.6rem" : "6.4rem";
  return (
    <div
      ref={scroller}
      role="treegrid"
      aria-label="Log entries"
      aria-rowcount={rows.count}
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain outline-offset-[-2px] [overflow-anchor:none]"
      style={{ "--time-width": timeWidth } as React.CSSProperties}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        if (following && event.currentTarget.scrollTop > 4) onReading();
        onScroll();
      }}
    >
      <div role="rowgroup" className="overflow-hidden" style={{ height }}>
        <div role="presentation" style={{ transform: `translateY(${layout.startOf(first) - shift}px)` }}>
          {Array.from({ length: last - first + 1 }, (_, place) => {
            const index = first + place;
            const row = rows.at(index);
            const isOpen = index === openIndex;
            return (
              <div
                key={keyOf(index)}
                data-id={row?.id}
                role="presentation"
                ref={isOpen || (row && row.kind !== "entry") ? measure : undefined}
              >
                {row === undefined ? (
                  <SkeletonLine index={index} />
                ) : row.kind === "gap" ? (
                  <GapLine gap={row} />
                ) : row.kind === "more" ? (
                  <MoreLine row={row} />
                ) : (
                  <>
                    <EntryLine
                      entry={entryOf(row)}
                      cutFrom={row.cutFrom}
                      time={time}
                      now={now}
                      open={isOpen}
                      selected={row.id === selected}
                      marked={row.id === rows.marked}
                      highlight={highlight}
                      onToggle={onToggle}
                    />
                    {isOpen && details(row.id)}
                  </>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
