import { describe, expect, it } from "vitest";
import { Layout } from "./layout";

describe("a layout", () => {
  const layout = new Layout(10, 28, [
    [2, 36],
    [3, 400],
    [9, 20],
  ]);

  it("has each row begin where the one before ends", () => {
    const heights = [28, 28, 36, 400, 28, 28, 28, 28, 28, 20];
    let start = 0;
    for (const [index, height] of heights.entries()) {
      expect(layout.startOf(index)).toBe(start);
      expect(layout.indexAt(start)).toBe(index);
      expect(layout.indexAt(start + height - 1)).toBe(index);
      start += height;
      expect(layout.endOf(index)).toBe(start);
    }
    expect(layout.height).toBe(start);
  });

  it("answers beyond its ends with the first and the last row", () => {
    expect(layout.indexAt(-5)).toBe(0);
    expect(layout.indexAt(1e9)).toBe(9);
    expect(new Layout(0, 28).height).toBe(0);
  });

  it("needs no table for a billion rows", () => {
    const large = new Layout(1e9, 28, [[5, 128]]);
    expect(large.height).toBe(28e9 + 100);
    expect(large.indexAt(large.startOf(987_654_321))).toBe(987_654_321);
  });

  it("scrolls no further than it must to show a row", () => {
    const plain = new Layout(100, 10);
    expect(plain.offsetFor(20, "auto", 150, 100)).toBe(150);
    expect(plain.offsetFor(10, "auto", 150, 100)).toBe(100);
    expect(plain.offsetFor(30, "auto", 150, 100)).toBe(210);
    expect(plain.offsetFor(30, "start", 150, 100)).toBe(300);
    expect(plain.offsetFor(30, "center", 150, 100)).toBe(255);
    expect(plain.offsetFor(30, "third", 150, 100)).toBe(270);
  });
});
