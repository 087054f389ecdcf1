// What is being read stays: when what is on screen gets another offset in the list, the scroll position moves with it. A row
// that is opened stays under the mouse, whatever else closes.
import { useLayoutEffect, useRef } from "react";
import type { Layout } from "./layout";
import { keyOf, type RowSource } from "./rowSource";
import type { Scroll } from "./useScroll";

interface Given {
  rows: RowSource;
  layout: Layout;
  scroll: Scroll;
  /** The first and the last row that are seen. */
  top: number;
  bottom: number;
  openIndex: number;
  following: boolean;
}

interface Anchor {
  key: string | number;
  start: number;
}

export function useAnchor({ rows, layout, scroll, top, bottom, openIndex, following }: Given): void {
  const { offset, view, moveTo } = scroll;
  const anchors = useRef<Anchor[]>([]);
  const before = useRef({ layout, isAtEnd: false });

  // biome-ignore lint/correctness/useExhaustiveDependencies: follows rows that move, not the scroll
  useLayoutEffect(() => {
    if (following) return moveTo(0);
    // Rows that turn out higher when they are measured don't push the end away from who went there.
    const { layout: last, isAtEnd } = before.current;
    const isGrown = last.count === layout.count && last.height < layout.height;
    if (isAtEnd && isGrown && openIndex < 0) return moveTo(layout.height);
    const known = anchors.current
      .map(({ key, start }) => ({ index: typeof key === "number" ? key : rows.indexOf(key), start }))
      .filter(({ index }) => index >= 0);
    const kept = known.find(({ index }) => index === openIndex) ?? known[0];
    if (!kept) return;
    const moved = layout.startOf(kept.index) - kept.start;
    if (moved !== 0) moveTo(offset + moved);
  }, [layout, following]);

  // At first, what a list is about stands in its middle, and an entry that is open, as a link's is, where it is seen with
  // its neighbours.
  const isPlaced = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the row and the view are there
  useLayoutEffect(() => {
    if (isPlaced.current || view === 0) return;
    isPlaced.current = true;
    if (rows.marked !== null) moveTo(layout.offsetFor(rows.indexOf(rows.marked), "center", offset, view));
    else if (openIndex >= 0 && !following) moveTo(layout.offsetFor(openIndex, "third", offset, view));
  }, [rows, layout, view]);

  useLayoutEffect(() => {
    before.current = { layout, isAtEnd: layout.height > view && offset + view >= layout.height - 1 };
    anchors.current = [];
    for (let index = top; index <= bottom; index++) {
      anchors.current.push({ key: keyOf(rows, index), start: layout.startOf(index) });
    }
  });
}
