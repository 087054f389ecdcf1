// Counts per bucket as the layers of a stacked chart, and what a bucket says in words.
import type { Bucket } from "../api/responses";
import { SEVERE_FIRST } from "../entries/entry";
import { fullCount } from "../text/count";

/** Times in seconds, then one layer a level, the most severe at the bottom, each the sum of itself and those below. */
export function layers(buckets: readonly Bucket[]): [number[], ...number[][]] {
  const sums = buckets.map(() => 0);
  const sumsByLevel = SEVERE_FIRST.map((level) =>
    buckets.map((bucket, index) => {
      sums[index] = (sums[index] ?? 0) + bucket.counts[level];
      return sums[index];
    }),
  );
  return [buckets.map((bucket) => Date.parse(bucket.start) / 1000), ...sumsByLevel];
}

export function inWords(bucket: Bucket): string {
  const parts = SEVERE_FIRST.filter((level) => bucket.counts[level] > 0).map(
    (level) => `${fullCount(bucket.counts[level])} ${level}`,
  );
  return parts.length > 0 ? parts.join(", ") : "no entries";
}
