import { expect, it } from "vitest";
import { byQuery, countsOf } from "./narrow";

it("looks at what a query finds beside what is asked already", () => {
  const asked = { q: "x", filters: { level: "error" } };
  expect(byQuery('pattern:"a <n>"')(asked)).toEqual({ q: 'x pattern:"a <n>"', filters: { level: "error" } });
});
it("knows how many a value may have that is not listed", () => {
  const values = [
    { value: "a", count: 9 },
    { value: "b", count: 2 },
  ];
  expect(countsOf(values, 3).rest).toBe(0);
  expect(countsOf(values, 2)).toEqual({ counts: new Map(Object.entries({ a: 9, b: 2 })), rest: 2 });
});
