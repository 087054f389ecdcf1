// Where panels stand on the grid of a dashboard, and what makes room when one is put somewhere by hand. Pure.

/** In columns and rows, from the left and the top. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export const COLUMNS = 12;
const LEAST = { w: 2, h: 2 };
const MOST = { y: 999, h: 30 };

export const overlaps = (one: Box, other: Box): boolean =>
  one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;

const between = (least: number, value: number, most: number): number => Math.max(least, Math.min(most, value));

/** The nearest place on the grid; one that is too wide to stand there becomes narrower. */
export function clamped({ x, y, w, h }: Box): Box {
  const left = between(0, x, COLUMNS - LEAST.w);
  return {
    x: left,
    y: between(0, y, MOST.y),
    w: between(LEAST.w, w, COLUMNS - left),
    h: between(LEAST.h, h, MOST.h),
  };
}

/** With one elsewhere: it stays whole, and stops at the edges. */
export function moved<T extends Box>(boxes: readonly T[], index: number, columns: number, rows: number): T[] {
  const box = boxes[index];
  if (!box) return [...boxes];
  return placed(boxes, index, { ...box, x: between(0, box.x + columns, COLUMNS - box.w), y: box.y + rows });
}

/** With one larger or smaller, as far as the grid reaches. */
export function resized<T extends Box>(boxes: readonly T[], index: number, columns: number, rows: number): T[] {
  const box = boxes[index];
  return box ? placed(boxes, index, { ...box, w: box.w + columns, h: box.h + rows }) : [...boxes];
}

/** With one at its place: those in its way go above it where there is room, else below. Their order stays the same. */
export function placed<T extends Box>(boxes: readonly T[], index: number, wanted: Box): T[] {
  const all = boxes.map((box, at) => (at === index ? { ...box, ...clamped(wanted) } : box));
  const fixed = all[index];
  if (!fixed) return all;
  const settled: Box[] = [fixed];
  for (const at of readingOrder(all)) {
    const box = all[at];
    if (!box || at === index) continue;
    const settledBox = { ...box, y: freeRow(box, at) };
    all[at] = settledBox;
    settled.push(settledBox);
  }
  return all;

  function freeRow(box: T, at: number): number {
    if (fixed && overlaps(fixed, box)) {
      const above = { ...box, y: fixed.y - box.h };
      const others = [...settled, ...all.filter((_, other) => other !== at)];
      if (above.y >= 0 && !others.some((one) => overlaps(one, above))) return above.y;
    }
    let { y } = box;
    for (let below = obstacle(); below !== undefined; below = obstacle()) y = below.y + below.h;
    return y;

    function obstacle(): Box | undefined {
      return settled.find((one) => overlaps(one, { ...box, y }));
    }
  }
}

/** Indexes from the top to the bottom, and in a row from the left to the right. */
export function readingOrder(boxes: readonly Box[]): number[] {
  const order = boxes.map((_, index) => index);
  return order.sort((one, other) => {
    const [a, b] = [boxes[one], boxes[other]];
    return a && b ? a.y - b.y || a.x - b.x : 0;
  });
}

/** With one a step earlier or later in the reading order. */
export function reordered<T extends Box>(boxes: readonly T[], index: number, step: 1 | -1): T[] {
  const order = readingOrder(boxes);
  const neighbour = order[order.indexOf(index) + step];
  const [box, other] = [boxes[index], boxes[neighbour ?? -1]];
  if (!box || !other || neighbour === undefined) return [...boxes];
  if (box.w === other.w && box.h === other.h) {
    const exchanged = [...boxes];
    exchanged[index] = { ...box, x: other.x, y: other.y };
    exchanged[neighbour] = { ...other, x: box.x, y: box.y };
    return exchanged;
  }
  return step < 0
    ? placed(boxes, index, { ...box, x: Math.min(other.x, COLUMNS - box.w), y: other.y })
    : placed(boxes, neighbour, { ...other, x: Math.min(box.x, COLUMNS - other.w), y: box.y });
}

/** The first place from the top where there is room. */
export function freePlace(boxes: readonly Box[], w: number, h: number): Box {
  for (let y = 0; ; y++) {
    for (let x = 0; x + w <= COLUMNS; x++) {
      const box = { x, y, w, h };
      if (!boxes.some((one) => overlaps(one, box))) return box;
    }
  }
}

export const inWords = ({ x, y, w, h }: Box): string =>
  `column ${x + 1}, row ${y + 1}, ${w} ${w === 1 ? "column" : "columns"} wide, ${h} ${h === 1 ? "row" : "rows"} high`;
