import { describe, expect, it } from "vitest";
import { type Box, clamped, freePlace, moved, overlaps, placed, readingOrder, reordered, resized } from "./layout";

const box = (x: number, y: number, w = 6, h = 4): Box => ({ x, y, w, h });
const anyOverlap = (boxes: readonly Box[]) =>
  boxes.some((one, index) => boxes.slice(index + 1).some((other) => overlaps(one, other)));

describe("placing by hand", () => {
  it("pushes what is in the way down, and what is below that as well", () => {
    const boxes = [box(0, 0), box(0, 4), box(0, 8)];
    expect(moved(boxes, 0, 0, 1)).toEqual([box(0, 1), box(0, 5), box(0, 9)]);
  });
  it("lets what is in the way go above where there is room", () => {
    expect(moved([box(0, 0), box(0, 4)], 0, 0, 4)).toEqual([box(0, 4), box(0, 0)]);
  });
  it("leaves alone what is beside", () => {
    expect(moved([box(0, 0), box(6, 0)], 0, 0, 3)).toEqual([box(0, 3), box(6, 0)]);
  });
  it("stays on the grid", () => {
    expect(moved([box(0, 0)], 0, 20, -3)).toEqual([box(6, 0)]);
    expect(resized([box(6, 0)], 0, 20, 99)).toEqual([box(6, 0, 6, 30)]);
    expect(resized([box(6, 0)], 0, -20, -99)).toEqual([box(6, 0, 2, 2)]);
    expect(clamped({ x: 11, y: -1, w: 1, h: 1 })).toEqual({ x: 10, y: 0, w: 2, h: 2 });
  });
  it("never lets two stand on each other, wherever one goes", () => {
    let boxes: Box[] = [box(0, 0, 3, 3), box(3, 0, 9, 6), box(0, 3, 3, 3), box(0, 6, 12, 4), box(0, 10, 4, 4)];
    let seed = 7;
    const dice = (sides: number) => {
      seed = (seed * 16807) % 2147483647;
      return seed % sides;
    };
    for (let step = 0; step < 500; step++) {
      const at = dice(boxes.length);
      boxes = placed(boxes, at, { x: dice(12), y: dice(14), w: 1 + dice(12), h: 1 + dice(8) });
      expect(anyOverlap(boxes)).toBe(false);
    }
  });
});
describe("the reading order", () => {
  it("goes from the top to the bottom, and from the left to the right", () => {
    expect(readingOrder([box(6, 0), box(0, 4), box(0, 0)])).toEqual([2, 0, 1]);
  });
  it("changes by a step", () => {
    expect(reordered([box(0, 0), box(6, 0)], 1, -1)).toEqual([box(6, 0), box(0, 0)]);
    const unequal = [box(0, 0, 12, 2), box(0, 2, 6, 4)];
    for (const made of [reordered(unequal, 1, -1), reordered(unequal, 0, 1)])
      expect(readingOrder(made)).toEqual([1, 0]);
    expect(reordered(unequal, 0, -1)).toEqual(unequal);
  });
});
it("finds the first free place", () => {
  expect(freePlace([], 6, 4)).toEqual(box(0, 0));
  expect(freePlace([box(0, 0), box(6, 2)], 6, 2)).toEqual(box(6, 0, 6, 2));
  expect(freePlace([box(0, 0), box(6, 2)], 6, 4)).toEqual(box(0, 4));
});
