// The lines that a chart draws of a metric. Pure.
import type { Stats } from "../api/responses";
import { COLOURS, type Series, valueSeries } from "../histogram/series";

export interface Lines {
  series: readonly Series[];
  /** By series, a value for each bucket; null where no entry has a number. */
  rows: readonly (readonly (number | null)[])[];
  /** By series, that of the whole time. */
  totals: readonly (number | null)[];
}

/** One, or one for each value that the metric is split by and that has numbers; null where it was not asked for. */
export function metricLines({ metric, split }: Stats, name: string): Lines | null {
  if (!metric) return null;
  if (!split) return { series: valueSeries([name]).slice(0, 1), rows: [metric.histogram], totals: [metric.value] };
  const measured = split.values
    .slice(0, COLOURS)
    .flatMap(({ value, metric: own }) => (own?.count ? [{ value, own }] : []));
  return {
    series: valueSeries(measured.map(({ value }) => value)).slice(0, measured.length),
    rows: measured.map(({ own }) => own.histogram),
    totals: measured.map(({ own }) => own.value),
  };
}
