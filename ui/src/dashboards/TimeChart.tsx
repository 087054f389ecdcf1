// A chart over time as large as its panel: bars that stand on each other, or lines. A click opens what is behind a bar,
// dragging zooms the dashboard; with the keyboard, arrows choose a bar and Enter opens it.
import { useMemo, useRef } from "react";
import type uPlot from "uplot";
import { FONT, inZone, pointing, type Span, span, spanOf, stackedBars, timeAxis } from "../histogram/plot";
import type { Series } from "../histogram/series";
import { type ChartOptions, useChart } from "../histogram/useChart";
import { useChosen } from "../histogram/useChosen";
import { type Colours, useColours } from "../histogram/useColours";
import { fullTime, zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/navigation";
import { rangeBetween } from "../url/range";

interface Props {
  label: string;
  kind: "bars" | "lines";
  time: Span;
  series: readonly Series[];
  /** Times in seconds, then a row a series; of bars, each the sum of itself and those below. */
  data: uPlot.AlignedData;
  /** How the axis says a value; empty: not at all. */
  valueText: (value: number) => string;
  /** What a bucket has. */
  inWords: (index: number) => string;
  /** Opens what is between two moments, in ms since 1970. */
  onOpen: (from: number, to: number) => void;
}

export function TimeChart(props: Props) {
  const { label, kind, time, series, data, inWords } = props;
  const latest = useRef(props);
  latest.current = props;
  const open = (index: number) => {
    const at = spanOf(latest.current.time, index);
    if (at) latest.current.onOpen(...at);
  };
  const { chosen, setChosen, onKeyDown } = useChosen(time.buckets.length, open);
  const format = useTimeFormat();
  const zone = zoneOf(format);
  const colours = useColours(series);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what else there is, is looked up when it is drawn
  const made = useMemo(() => {
    const hooks = pointing({ choose: setChosen, click: open, drag: zoom });
    return colours && { ...options(kind, colours, zone, latest), hooks };
  }, [colours, zone, kind]);
  const box = useChart(made, data);

  const bucket = chosen === null ? undefined : time.buckets[chosen];
  const words = bucket ? `${fullTime(bucket.start, format).slice(0, 16)} · ${inWords(chosen ?? 0)}` : "";
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={`${label}: arrow keys select a bar, Enter opens its entries`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, time.buckets.length - 1)}
        aria-valuenow={chosen ?? 0}
        aria-valuetext={words || "no bar selected"}
        className="absolute inset-0 overflow-hidden outline-offset-[-2px]"
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(null)}
      />
      {words && (
        <div className="pointer-events-none absolute top-0 right-1 left-12 flex justify-end">
          <span className="rounded bg-raised/95 px-1.5 text-2xs text-soft tabular-nums">{words}</span>
        </div>
      )}
    </div>
  );
}

function zoom(from: number, to: number): void {
  navigate({ range: rangeBetween(from, to) });
}

function options(
  kind: Props["kind"],
  colours: Colours,
  zone: string | undefined,
  latest: { current: Props },
): ChartOptions {
  const lines = { series: [{}, ...colours.series.map((stroke) => ({ stroke, width: 1.75 }))] };
  return {
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    tzDate: inZone(zone),
    scales: {
      x: { range: () => span(latest.current.time) },
      y: { range: (_, least, most) => [Math.min(0, least ?? 0), most > 0 ? most * 1.05 : 1] },
    },
    axes: [
      timeAxis(colours.text),
      {
        stroke: colours.text,
        font: FONT,
        size: 44,
        gap: 4,
        space: 34,
        grid: { stroke: colours.line, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map((value) => latest.current.valueText(value)),
      },
    ],
    ...(kind === "bars" ? stackedBars(colours.series) : lines),
  };
}
