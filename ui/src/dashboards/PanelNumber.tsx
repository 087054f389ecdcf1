import type { Stats } from "../api/responses";
import { LEVELS } from "../entries/entry";
import { fullCount } from "../text/count";
import { Sparkline } from "../widgets/Sparkline";
import { type Panel, panelTitle } from "./dashboard";
import { changeText, numberText } from "./numbers";

interface Props {
  panel: Panel;
  stats: Stats;
  /** Of as long a time just before; null: there is none, or it is not known yet. */
  before: Stats | null;
}

/** How many entries, or what a metric of them is; how that went, and how it was before. */
export function PanelNumber({ panel, stats, before }: Props) {
  const value = numberIn(panel, stats);
  const earlier = before && numberIn(panel, before);
  const text = (one: number) => (panel.metric ? numberText(one, panel.unit) : fullCount(one));
  const trend = panel.metric
    ? (stats.metric?.histogram ?? []).map((one) => Math.max(0, one ?? 0))
    : stats.histogram.buckets.map(({ counts }) => LEVELS.reduce((sum, level) => sum + counts[level], 0));
  const level = LEVELS.reduce((most, one) => (stats.by_level[one] > stats.by_level[most] ? one : most), "info");
  return (
    <div className="flex min-h-0 flex-1 flex-col justify-between">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-semibold text-2xl tracking-tight tabular-nums">{value === null ? "–" : text(value)}</span>
        {value !== null && earlier !== null && (
          <span className="text-soft" title={`Just before: ${text(earlier)}`}>
            {changeText(value, earlier)}
            {earlier !== 0 && <span className="sr-only">, {text(earlier)} just before</span>}
          </span>
        )}
      </p>
      <Sparkline counts={trend} level={level} label={`${panelTitle(panel)} over time`} />
    </div>
  );
}

const numberIn = ({ metric }: Panel, stats: Stats): number | null =>
  metric ? (stats.metric?.value ?? null) : stats.total;
