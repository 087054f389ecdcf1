import { describe, expect, it } from "vitest";
import { positionAt, type ScrollPosition, scrolled, TALLEST } from "./scrollPosition";

const offsetOf = ({ top, shift }: ScrollPosition): number => top + shift;

const SMALL = { height: 5000, view: 800 };
const LARGE = { height: 1e9, view: 800 };
const END = TALLEST - LARGE.view;
const LAST = LARGE.height - LARGE.view;

describe("scrolling a list that fits", () => {
  it("is the scroll position itself", () => {
    expect(positionAt(1234, SMALL)).toEqual({ top: 1234, shift: 0 });
    expect(positionAt(9999, SMALL)).toEqual({ top: 4200, shift: 0 });
    expect(positionAt(-1, SMALL)).toEqual({ top: 0, shift: 0 });
    expect(scrolled({ top: 0, shift: 0 }, 4200, SMALL)).toEqual({ top: 4200, shift: 0 });
    expect(positionAt(10, { height: 100, view: 800 })).toEqual({ top: 0, shift: 0 });
  });
});

describe("scrolling a list taller than any element", () => {
  it("moves by pixels with the wheel", () => {
    const position = positionAt(5e8, LARGE);
    expect(offsetOf(position)).toBe(5e8);
    expect(offsetOf(scrolled(position, position.top + 120, LARGE))).toBe(5e8 + 120);
    expect(offsetOf(scrolled(position, position.top - 800, LARGE))).toBe(5e8 - 800);
  });

  it("goes in proportion where the scroll bar is dragged", () => {
    const position = scrolled(positionAt(0, LARGE), END / 4, LARGE);
    expect(position.top).toBe(END / 4);
    expect(offsetOf(position)).toBeCloseTo(LAST / 4);
    expect(offsetOf(scrolled(position, END, LARGE))).toBeCloseTo(LAST);
    expect(offsetOf(scrolled(position, 0, LARGE))).toBe(0);
  });

  it("reaches every row with the wheel, in both directions", () => {
    const sizes = { height: TALLEST + 20_000, view: 800 };
    for (const step of [300, -300]) {
      const target = step > 0 ? sizes.height - sizes.view : 0;
      let position: ScrollPosition = positionAt(step > 0 ? sizes.height - 30_000 : 30_000, sizes);
      for (let turns = 0; turns < 200 && offsetOf(position) !== target; turns++) {
        const before = offsetOf(position);
        const top = Math.max(0, Math.min(position.top + step, TALLEST - sizes.view));
        const rest = Math.abs(target - before);
        position = scrolled(position, top, sizes);
        expect(Math.abs(offsetOf(position) - before)).toBeLessThanOrEqual(Math.min(300, rest) + 1e-6);
      }
      expect(offsetOf(position)).toBe(target);
    }
  });

  it("is at an end only where the list ends", () => {
    const shifted = { top: 200, shift: 5000 };
    const position = scrolled(shifted, 0, LARGE);
    expect(offsetOf(position)).toBe(5000);
    expect(position.top).toBeGreaterThan(0);
  });
});
