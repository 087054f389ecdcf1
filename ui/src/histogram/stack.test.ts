import { expect, it } from "vitest";
import { ABSENT, LEVEL_SERIES, REST, steadyOrder, valueSeries } from "./series";
import { inWords, layers, splitCounts } from "./stack";

const bucket = (counts: Record<string, number>) => ({ start: "1970-01-01T00:01:00.000Z", counts });

it("stacks layers, each on those below, the most severe at the bottom", () => {
  const buckets = [bucket({ error: 2, info: 5 }), bucket({ critical: 1 })];
  expect(layers({ buckets, series: LEVEL_SERIES })).toEqual([
    [60, 60],
    [0, 1],
    [2, 1],
    [2, 1],
    [2, 1],
    [7, 1],
    [7, 1],
  ]);
});
it("has a colour for the most frequent values, and one for all others", () => {
  const series = valueSeries(["a", "b", "c", "d", "e", "f", "g", ""]);
  expect(series.map(({ name }) => name)).toEqual(["a", "b", "c", "d", "e", "f", REST, ABSENT]);
  expect(new Set(series.map(({ tint, strength }) => `${tint} ${strength}`)).size).toBe(8);
});
it("says what a bucket has", () => {
  expect(inWords(bucket({ error: 2, info: 5000 }), LEVEL_SERIES)).toBe("2 error, 5,000 info");
  expect(inWords(bucket({ "": 1, [REST]: 3 }), valueSeries([""]))).toBe("1 (empty), 3 others");
  expect(inWords(bucket({}), LEVEL_SERIES)).toBe("no entries");
});
it("counts by value, in all and in each bucket", () => {
  const levels = { debug: 0, info: 0, notice: 0, warning: 0, error: 0, critical: 0 };
  const buckets = ["1970-01-01T00:00:00.000Z", "1970-01-01T00:01:00.000Z"].map((start) => ({ start, counts: levels }));
  const split = {
    field: "app_key",
    values: [{ value: "constructor", count: 3, histogram: [1, 2] }],
    rest: { count: 4, histogram: [4, 0] },
    absent: { count: 0, histogram: [0, 0] },
    unread: 0,
  };
  const { counts, buckets: counted } = splitCounts(buckets, split);
  expect(counts).toEqual({ constructor: 3, [REST]: 4, [ABSENT]: 0 });
  expect(counted.map((one) => one.counts.constructor)).toEqual([1, 2]);
  expect(layers({ buckets: counted, series: valueSeries(["constructor"]) })[2]).toEqual([5, 2]);
});
it("keeps the colours of values while they are the same", () => {
  expect(steadyOrder(["b", "a"], ["a", "b"])).toEqual(["a", "b"]);
  expect(steadyOrder(["b", "c"], ["a", "b"])).toEqual(["b", "c"]);
});
