import { expect, it } from "vitest";
import { entryCount, shortCount } from "./count";

it("shortens counts", () => {
  expect([950, 4210, 11_000, 999_999, 1_300_000].map(shortCount)).toEqual(["950", "4.2 k", "11 k", "1.0 M", "1.3 M"]);
});
it("counts one entry as one", () => {
  expect([0, 1, 4210].map(entryCount)).toEqual(["0 entries", "1 entry", "4,210 entries"]);
});
