import { expect, it } from "vitest";
import { LASTS } from "../url/range";
import { lastName } from "./rangeNames";

it("says how far back a range reaches, also one that is not offered", () => {
  expect([...LASTS, "2h", "1w", "90s"].map((last) => lastName(last as (typeof LASTS)[number]))).toEqual([
    ...["Last 5 minutes", "Last 15 minutes", "Last hour", "Last 6 hours", "Last 24 hours", "Last 7 days"],
    ...["Last 30 days", "All time", "Last 2 hours", "Last week", "Last 90 seconds"],
  ]);
});
