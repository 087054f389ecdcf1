import { useMemo } from "react";
import type { Stats } from "../api/responses";
import { ABSENT, REST } from "../histogram/series";
import { inWords, layers } from "../histogram/stack";
import { useStacked } from "../histogram/useStacked";
import { fullCount, shortCount } from "../text/count";
import { navigateTo } from "../url/navigation";
import { metricLines } from "./charted";
import { type Asked, metricName, type Panel, panelTitle, searchBehind } from "./dashboard";
import { numberText } from "./numbers";
import { PanelNote } from "./PanelNote";
import { SeriesLegend } from "./SeriesLegend";
import { TimeChart } from "./TimeChart";

interface Props {
  panel: Panel;
  asked: Asked;
  stats: Stats;
}

/** Counts over time, stacked by level or by the values of another field. */
export function CountsChart({ panel, asked, stats }: Props) {
  const shown = useStacked(stats);
  const data = useMemo(() => shown && layers(shown.stacked), [shown]);
  if (!shown || !data) return null;
  if (stats.total === 0) return <PanelNote>No entries</PanelNote>;
  const { stacked, legend } = shown;
  const counts: Readonly<Record<string, number>> = legend?.counts ?? stats.by_level;
  const series = (legend?.series ?? stacked.series).filter(({ name }) => (counts[name] ?? 0) > 0);
  return (
    <>
      <TimeChart
        label={panelTitle(panel)}
        kind="bars"
        time={stacked}
        series={stacked.series}
        data={data}
        valueText={(value) => (Number.isInteger(value) ? shortCount(value) : "")}
        inWords={(index) => inWords(stacked.buckets[index] ?? { start: "", counts: {} }, stacked.series)}
        onOpen={(from, to) => navigateTo(searchBehind(asked, { from, to }))}
      />
      <SeriesLegend
        label={`${panelTitle(panel)}, in all`}
        items={series.map((one) => ({
          ...one,
          value: shortCount(counts[one.name] ?? 0),
          full: fullCount(counts[one.name] ?? 0),
          search: isValue(one.name) ? searchBehind(asked, { field: legend?.field ?? "level", value: one.name }) : null,
        }))}
      />
      <Unread count={legend?.unread ?? 0} />
    </>
  );
}

const isValue = (name: string): boolean => name !== REST && name !== ABSENT;

/** A metric of the numbers of a field over time, of all entries or by the values of another field. */
export function MetricChart({ panel, asked, stats }: Props) {
  const name = metricName(panel.metric ?? "");
  const lines = useMemo(() => metricLines(stats, name), [stats, name]);
  // Lines of the same names have the same colours, which a new list of them would have looked up again.
  const names = lines?.series.map((one) => one.name).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const series = useMemo(() => lines?.series ?? [], [names]);
  const { buckets, interval } = stats.histogram;
  const data = useMemo(
    () => [buckets.map(({ start }) => Date.parse(start) / 1000), ...(lines?.rows ?? [])] as [number[], ...number[][]],
    [buckets, lines],
  );
  if (!lines) return null;
  if (!stats.metric?.count) return <PanelNote>No entry has a number there</PanelNote>;
  const text = (value: number | null) => (value === null ? "–" : numberText(value, panel.unit));
  const { split } = panel;
  return (
    <>
      <TimeChart
        label={panelTitle(panel)}
        kind="lines"
        time={{ buckets, interval }}
        series={series}
        data={data}
        valueText={(value) => numberText(value)}
        inWords={(index) =>
          series.map(({ label }, row) => `${text(lines.rows[row]?.[index] ?? null)} ${label}`).join(", ")
        }
        onOpen={(from, to) => navigateTo(searchBehind(asked, { from, to }))}
      />
      <SeriesLegend
        label={`${panelTitle(panel)}, of the whole time`}
        items={series.map((one, row) => ({
          ...one,
          value: text(lines.totals[row] ?? null),
          search: split ? searchBehind(asked, { field: split, value: one.name }) : null,
        }))}
      />
      <Unread count={stats.metric.unread} />
    </>
  );
}

export function Unread({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <p className="shrink-0 text-2xs text-faint">
      {fullCount(count)} large {count === 1 ? "entry" : "entries"} not looked at
    </p>
  );
}
