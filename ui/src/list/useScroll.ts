// The scroll position of a list of any height. Rows are rendered within the scroll event itself, so that no frame is shown
// without them.
import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { positionAt, type ScrollPosition, scrolled, TALLEST } from "./scrollPosition";

const TOP: ScrollPosition = { top: 0, shift: 0 };

export interface Scroll {
  scroller: RefObject<HTMLDivElement | null>;
  /** Pixels of the list above what is seen. */
  offset: number;
  /** How much further down in the list than in the element that is. */
  shift: number;
  /** Pixels that are seen. */
  view: number;
  /** The element's height. */
  height: number;
  moveTo: (offset: number) => void;
  onScroll: () => void;
}

/** `above`: pixels at the top of the element that are always covered. */
export function useScroll(height: number, above: number): Scroll {
  const scroller = useRef<HTMLDivElement>(null);
  const [position, setPosition] = useState(TOP);
  const [view, setView] = useState(0);
  const latest = useRef({ position, height, view });
  latest.current = { position, height, view };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => setView(element.clientHeight - above);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [above]);

  const take = useCallback((next: ScrollPosition) => {
    const element = scroller.current;
    if (!element) return;
    if (element.scrollTop !== next.top) element.scrollTop = next.top;
    latest.current.position = { top: element.scrollTop, shift: next.shift };
    setPosition((known) => {
      const isSame = known.top === element.scrollTop && known.shift === next.shift;
      return isSame ? known : latest.current.position;
    });
  }, []);
  const moveTo = useCallback((offset: number) => take(positionAt(offset, latest.current)), [take]);
  const onScroll = useCallback(() => {
    const top = scroller.current?.scrollTop ?? 0;
    const known = latest.current;
    if (top !== known.position.top) flushSync(() => take(scrolled(known.position, top, known)));
  }, [take]);

  const shift = height > TALLEST ? position.shift : 0;
  return { scroller, offset: position.top + shift, shift, view, height: Math.min(height, TALLEST), moveTo, onScroll };
}
