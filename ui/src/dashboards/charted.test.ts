import { expect, it } from "vitest";
import type { Stats } from "../api/responses";
import { metricLines } from "./charted";

const measured = (value: number | null, histogram: (number | null)[]) => ({ count: 2, value, histogram });
const stats = {
  metric: { ...measured(5, [4, null]), function: "avg", field: "context.ms", skipped: 0, unread: 0 },
} as unknown as Stats;

it("draws a metric as one line, or one for each value", () => {
  expect(metricLines(stats, "avg of ms")).toMatchObject({
    series: [{ label: "avg of ms", tint: "tint-1" }],
    rows: [[4, null]],
    totals: [5],
  });
  const values = ["a", "b"].map((value, index) => ({ value, count: 1, histogram: [1], metric: measured(index, [1]) }));
  const split = { ...stats, split: { field: "app_key", values } } as unknown as Stats;
  expect(metricLines(split, "")?.series.map(({ label, tint }) => `${label} ${tint}`)).toEqual(["a tint-1", "b tint-2"]);
  expect(metricLines({} as Stats, "")).toBeNull();
});
