import { describe, expect, it } from "vitest";
import { gapRow, type Row, rowOfJson } from "../entries/row";
import { append, EMPTY, fill, MOST_ROWS, MOST_WAITING, pause, resumeFromHere, resumeFromNow } from "./buffer";

const row = (number: number): Row =>
  rowOfJson(`{"id":"${String(number).padStart(26, "0")}","level":"info","message":"m"}`);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index));
const numbers = (rows: Row[]) => rows.map((one) => (one.kind === "gap" ? `gap ${one.dropped}` : Number(one.id)));

describe("the live list", () => {
  it("shows the newest first and is bounded while it follows", () => {
    const buffer = append(append(EMPTY, range(0, 3)), range(3, 5));
    expect(numbers(buffer.rows)).toEqual([4, 3, 2, 1, 0]);
    expect(buffer.trimmed).toBe(false);
    const full = append(buffer, range(5, MOST_ROWS + 10));
    expect(full.rows).toHaveLength(MOST_ROWS);
    expect(full.trimmed).toBe(true);
  });
  it("moves nothing while it is paused", () => {
    const paused = pause(append(EMPTY, range(0, 3)));
    const later = append(paused, range(3, 6));
    expect(later.rows).toBe(paused.rows);
    expect(later.waiting).toBe(3);
  });
  it("resumes from where it was paused: all that waits stands above", () => {
    const buffer = resumeFromHere(append(pause(append(EMPTY, range(0, 2))), range(2, 4)));
    expect(numbers(buffer.rows)).toEqual([3, 2, 1, 0]);
    expect(buffer).toMatchObject({ following: false, waiting: 0 });
  });
  it("resumes from now and follows", () => {
    const buffer = resumeFromNow(append(pause(append(EMPTY, range(0, 2))), range(2, 4)));
    expect(numbers(append(buffer, range(4, 5)).rows)).toEqual([4, 3, 2, 1, 0]);
  });
  it("bounds what waits, and says what it forgot", () => {
    let buffer = pause(append(EMPTY, range(0, 1)));
    for (let from = 1; from < 3 * MOST_WAITING; from += 1000) buffer = append(buffer, range(from, from + 1000));
    expect(buffer.backlog.length).toBeLessThanOrEqual(MOST_WAITING + 1);
    const gap = buffer.backlog[buffer.backlog.length - 1];
    expect(gap).toMatchObject({ kind: "gap", after: row(0).id });
    expect(gap?.kind === "gap" && gap.dropped + MOST_WAITING).toBe(buffer.waiting);
  });
  it("counts what a gap left out", () => {
    expect(append(pause(EMPTY), [gapRow(40, null, row(1).id), row(1)]).waiting).toBe(41);
  });
  it("fills a gap without showing anything twice", () => {
    const gap = gapRow(3, row(1).id, row(5).id);
    const buffer = pause(append(EMPTY, [row(0), row(1), gap, row(5)]));
    expect(numbers(fill(buffer, gap, [row(2), row(3), row(4), row(5)]).rows)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(numbers(fill(buffer, gap, [row(2), gapRow(2, row(2).id, row(5).id)]).rows)).toEqual([5, "gap 2", 2, 1, 0]);
  });
});
