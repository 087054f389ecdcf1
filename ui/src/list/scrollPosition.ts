// Where a list is that has more pixels than an element can have: pure. The element is as tall as browsers allow. A wheel or
// a key moves the rows by as many pixels as the scroll bar's position; a jump, as when the bar is dragged, goes to where it
// is in proportion. What is between the two, `shift`, is nothing in lists that fit.

/** Taller elements are cut off, by Firefox at 17.9 million pixels, by Chromium at 33.5. */
export const TALLEST = 15_000_000;
/** A move by more views than this at once is a jump. */
const JUMP = 4;

export interface ScrollPosition {
  /** The element's `scrollTop`. */
  top: number;
  /** What is added to it for the offset in the list. */
  shift: number;
}

interface Sizes {
  /** Of the list, in pixels. */
  height: number;
  /** What is seen of it. */
  view: number;
}

/** The position that shows the list from `offset` on, with the scroll bar where it belongs. */
export function positionAt(offset: number, { height, view }: Sizes): ScrollPosition {
  const most = Math.max(0, height - view);
  const wanted = Math.max(0, Math.min(offset, most));
  if (height <= TALLEST) return { top: wanted, shift: 0 };
  const top = Math.round((wanted / most) * (TALLEST - view));
  return { top, shift: wanted - top };
}

/** The position after the element was scrolled to `top`; at the ends of the scroll bar it may be moved away from there. */
export function scrolled(position: ScrollPosition, top: number, sizes: Sizes): ScrollPosition {
  const { height, view } = sizes;
  if (height <= TALLEST) return { top, shift: 0 };
  const [most, end] = [height - view, TALLEST - view];
  if (Math.abs(top - position.top) > JUMP * view) return { top, shift: (top / end) * most - top };
  const offset = top + position.shift;
  const isPast = offset < 0 || offset > most;
  const isStuck = (top <= 0 && offset > 0) || (top >= end && offset < most);
  return isPast || isStuck ? positionAt(offset, sizes) : { top, shift: position.shift };
}
