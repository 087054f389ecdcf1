// The list: virtual, so that a million rows cost what a screenful costs. Lines have a fixed height, and what is open is
// measured. While the reader reads, rows may be added above, but what is on screen stays where it is.
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { entryOf } from "../live/protocol";
import { useNarrow } from "../parts/useNarrow";
import { useNow } from "../parts/useNow";
import { rowTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { EntryLine } from "./EntryLine";
import { GapLine } from "./GapLine";
import { MoreLine } from "./MoreLine";
import type { Rows } from "./rows";
import { SkeletonLine } from "./SkeletonLine";

export interface ListHandle {
  toTop(): void;
  show(index: number, align?: "auto" | "center" | "start"): void;
  /** Rows that fit, and the first of them. */
  seen(): { first: number; count: number };
  focus(): void;
}

interface Props {
  rows: Rows;
  open: string | null;
  selected: string | null;
  following: boolean;
  details: (id: string) => ReactNode;
  onToggle: (id: string) => void;
  /** The reader has left the top, or begun to select text. */
  onReading: () => void;
  onTop: (first: number) => void;
  handle: React.RefObject<ListHandle | null>;
}

const LINE = 28;
const TALL_LINE = 52;
const OTHER = 36;
/** Taller than this, browsers cut elements off: Firefox at 17.9 million pixels, Chromium at 33.5. */
const TALLEST = navigator.userAgent.includes("Firefox") ? 17_000_000 : 33_000_000;

export function LogList({ rows, open, selected, following, details, onToggle, onReading, onTop, handle }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const line = useNarrow(768) ? TALL_LINE : LINE;
  const time = useTimeFormat();
  const now = useNow(time.mode === "relative" ? 1000 : 60_000);
  const count = Math.min(rows.count, Math.floor(TALLEST / line));
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => {
      const row = count > 5000 ? undefined : rows.at(index);
      return row && row.kind !== "entry" ? OTHER : line;
    },
    getItemKey: (index) => (count > 5000 ? index : (rows.at(index)?.id ?? index)),
    overscan: 12,
  });
  useEffect(() => {
    virtualizer.measure();
  }, [line]);

  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  const { want } = rows;
  useEffect(() => want(first, last), [want, first, last]);

  // What is being read stays: when the row at the top of the screen gets another place, the scroll position moves with it.
  const reading = useRef<{ id: string; start: number } | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    const known = reading.current;
    if (!element || following || !known || count > 5000) return;
    const start = virtualizer.measurementsCache[rows.indexOf(known.id)]?.start;
    if (start !== undefined && start !== known.start) element.scrollTop += start - known.start;
  }, [rows, following]);
  useEffect(() => {
    const top = scroller.current?.scrollTop ?? 0;
    const item = items.find((one) => one.end > top);
    const row = item && rows.at(item.index);
    reading.current = item && row ? { id: row.id, start: item.start } : null;
    if (item) onTop(item.index);
  });

  useEffect(() => {
    if (following && scroller.current) scroller.current.scrollTop = 0;
  }, [following]);

  useEffect(() => {
    const begun = () => {
      const selection = getSelection();
      if (selection && !selection.isCollapsed && scroller.current?.contains(selection.anchorNode)) onReading();
    };
    document.addEventListener("selectionchange", begun);
    return () => document.removeEventListener("selectionchange", begun);
  }, [onReading]);

  useImperativeHandle(handle, () => ({
    toTop: () => {
      if (scroller.current) scroller.current.scrollTop = 0;
    },
    show: (index, align = "auto") => virtualizer.scrollToIndex(index, { align }),
    seen: () => ({ first, count: Math.floor((scroller.current?.clientHeight ?? 0) / line) }),
    focus: () => scroller.current?.focus({ preventScroll: true }),
  }));

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
      onScroll={(event) => following && event.currentTarget.scrollTop > 4 && onReading()}
    >
      <div role="rowgroup" className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows.at(item.index);
          const isOpen = row !== undefined && row.id === open;
          return (
            <div
              key={item.key}
              data-index={item.index}
              role="presentation"
              ref={
                isOpen || row?.kind !== "entry" || virtualizer.measurementsCache[item.index]?.size !== line
                  ? virtualizer.measureElement
                  : undefined
              }
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {row === undefined ? (
                <SkeletonLine index={item.index} />
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
  );
}
