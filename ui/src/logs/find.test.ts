import { expect, it } from "vitest";
import type { LogEntry } from "../entries/entry";
import { gapRow, rowOf } from "../entries/row";
import type { ListRow } from "../list/rowSource";
import { finderOf, nextOf } from "./find";

const entry = (message: string, context: unknown = null) =>
  rowOf({ id: message, level: "info", message, context } as unknown as LogEntry);
const rows: [number, ListRow][] = [
  [7, entry("Timeout of the bank")],
  [2, entry("calm", { why: "no TIMEOUT" })],
  [3, gapRow(5, null, null)],
  [4, entry("calm")],
];

it("is found in messages and contexts of what is loaded", () => {
  expect(finderOf("timeout")({ loaded: () => rows })).toEqual([2, 7]);
  expect(finderOf("")({ loaded: () => rows })).toEqual([]);
});
it("reads a row once, however often the list changes", () => {
  let read = 0;
  const context = {
    toJSON: () => {
      read++;
      return { why: "timeout" };
    },
  };
  const old = entry("calm", context);
  const find = finderOf("timeout");
  read = 0;
  expect(find({ loaded: () => [[0, old]] })).toEqual([0]);
  expect(
    find({
      loaded: () => [
        [0, entry("timeout")],
        [1, old],
      ],
    }),
  ).toEqual([0, 1]);
  expect(read).toBe(1);
});
it("goes on from the other end", () => {
  expect([-1, 2, 5, 7].map((from) => nextOf([2, 7], from, false))).toEqual([0, 1, 1, 0]);
  expect([-1, 2, 5, 9].map((from) => nextOf([2, 7], from, true))).toEqual([1, 1, 0, 1]);
  expect(nextOf([], 3, false)).toBe(-1);
});
