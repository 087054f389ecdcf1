import { useMemo, useRef } from "react";
import type { Stats } from "../api/responses";
import { ABSENT, LEVEL_SERIES, REST, type Series, steadyOrder, valueSeries } from "./series";
import { type Stacked, splitCounts } from "./stack";

export interface Shown {
  stacked: Stacked;
  /** What the colours of values stand for; null where they are those of levels. */
  legend: {
    field: string;
    series: readonly Series[];
    /** By name of the series. */
    counts: Readonly<Record<string, number>>;
    /** How many entries are too large to be looked at. */
    unread: number;
  } | null;
}

/** What the histogram shows of statistics; null until they are known. */
export function useStacked(stats: Stats | undefined): Shown | null {
  const before = useRef<readonly string[]>([]);
  const split = stats?.split;
  const values = steadyOrder(split?.values.map(({ value }) => value) ?? [], before.current);
  before.current = values;
  const isSplit = split !== undefined;
  const series = useMemo(() => (isSplit ? valueSeries(values) : LEVEL_SERIES), [isSplit, values]);
  return useMemo(() => {
    if (!stats) return null;
    const { interval, buckets } = stats.histogram;
    if (!split) return { stacked: { interval, buckets, series }, legend: null };
    const counted = splitCounts(buckets, split);
    const used = series.filter(({ name }) => (name !== REST && name !== ABSENT) || (counted.counts[name] ?? 0) > 0);
    return {
      stacked: { interval, buckets: counted.buckets, series },
      legend: { field: split.field, series: used, counts: counted.counts, unread: split.unread },
    };
  }, [stats, split, series]);
}
