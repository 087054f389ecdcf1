import { expect, it } from "vitest";
import { entryCount, shareText, shortCount } from "./count";

it("shortens counts", () => {
  expect([950, 4210, 11_000, 999_999, 1_300_000].map(shortCount)).toEqual(["950", "4.2 k", "11 k", "1.0 M", "1.3 M"]);
});
it("counts one entry as one", () => {
  expect([0, 1, 4210].map(entryCount)).toEqual(["0 entries", "1 entry", "4,210 entries"]);
});
it("writes shares as percentages", () => {
  expect([0, 0.0004, 0.004, 0.0994, 0.0996, 0.336, 1].map(shareText)).toEqual([
    "0 %",
    "<0.1 %",
    "0.4 %",
    "9.9 %",
    "10 %",
    "34 %",
    "100 %",
  ]);
});
