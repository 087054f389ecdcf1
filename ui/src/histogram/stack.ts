// Counts per bucket as the layers of a stacked chart, and what a bucket says in words.
import type { Split, Stats } from "../api/responses";
import { fullCount } from "../text/count";
import { ABSENT, REST, type Series } from "./series";

export interface Bucket {
  /** ISO 8601. */
  start: string;
  /** By name of the series; one that is not listed has none. */
  counts: Readonly<Record<string, number>>;
}

export interface Stacked {
  /** Of a bucket, in seconds. */
  interval: number;
  buckets: readonly Bucket[];
  /** The lowest first. */
  series: readonly Series[];
}

/** Counts by value, by name of the series: in all, and in each bucket. */
export function splitCounts(buckets: Stats["histogram"]["buckets"], { values, rest, absent }: Split) {
  const all = [...values.map((one) => [one.value, one] as const), [REST, rest] as const, [ABSENT, absent] as const];
  return {
    counts: Object.fromEntries(all.map(([name, { count }]) => [name, count])),
    buckets: buckets.map(({ start }, index) => ({
      start,
      counts: Object.fromEntries(all.map(([name, { histogram }]) => [name, histogram[index] ?? 0])),
    })),
  };
}

/** Times in seconds, then one layer a series, each the sum of itself and those below. */
export function layers({ buckets, series }: Pick<Stacked, "buckets" | "series">): [number[], ...number[][]] {
  const sums = buckets.map(() => 0);
  const stacked = series.map(({ name }) =>
    buckets.map((bucket, index) => {
      sums[index] = (sums[index] ?? 0) + (bucket.counts[name] ?? 0);
      return sums[index];
    }),
  );
  return [buckets.map((bucket) => Date.parse(bucket.start) / 1000), ...stacked];
}

export function inWords(bucket: Bucket, series: readonly Series[]): string {
  const parts = series.flatMap(({ name, label }) => {
    const count = bucket.counts[name] ?? 0;
    return count > 0 ? [`${fullCount(count)} ${label}`] : [];
  });
  return parts.length > 0 ? parts.join(", ") : "no entries";
}
