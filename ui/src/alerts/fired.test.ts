import { expect, it } from "vitest";
import type { Fired } from "../api/responses";
import { lasted, MOST_FIRED, marksOf, saidOf } from "./fired";

const at = (minute: number) => new Date(Date.UTC(2026, 0, 15, 12, minute)).toISOString();
const fired = (since: number, until: number | null): Fired => ({
  since: at(since),
  until: until === null ? null : at(until),
  group: null,
  count: 5,
});
const [FROM, TO] = [Date.parse(at(0)), Date.parse(at(50))];

it("says how often", () => {
  expect(saidOf([], 7)).toBe("Would not have fired in the last 7 days");
  expect(saidOf([fired(1, 2)], 1)).toBe("Would have fired once in the last day");
  expect(saidOf(Array(3).fill(fired(1, 2)), 7)).toBe("Would have fired 3 times in the last 7 days");
  expect(saidOf(Array(MOST_FIRED).fill(fired(1, 2)), 7)).toBe("Would have fired over 1,000 times in the last 7 days");
});
it("says how long", () => {
  expect(lasted(fired(1, 6), TO)).toBe("for 5 min");
  expect(lasted(fired(1, 1), TO)).toBe("for 1 s");
  expect(lasted(fired(20, null), TO)).toBe("for 30 min, and still would");
});
it("marks each time, and as one what overlaps", () => {
  expect(marksOf([fired(25, 30), fired(5, 10), fired(8, 12), fired(45, null)], FROM, TO)).toEqual([
    { left: 10, width: 14 },
    { left: 50, width: 10 },
    { left: 90, width: 10 },
  ]);
});
