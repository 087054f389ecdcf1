// The entries over time, stacked by level or by the values of another field. Drag to zoom, click a bar to narrow; with the keyboard, arrows choose a bar and
// Enter narrows to it. Times are those of the viewer's zone.
import { useMemo, useRef } from "react";
import { fullTime, zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/navigation";
import { rangeBetween } from "../url/range";
import { inZone, pointing, span, spanOf, stackedBars, timeAxis } from "./plot";
import { inWords, layers, type Stacked } from "./stack";
import { type ChartOptions, useChart } from "./useChart";
import { useChosen } from "./useChosen";
import { type Colours, useColours } from "./useColours";

export function Histogram({ histogram }: { histogram: Stacked }) {
  const latest = useRef(histogram);
  latest.current = histogram;
  const { chosen, setChosen, onKeyDown } = useChosen(histogram.buckets.length, (index) => narrow(histogram, index));
  const time = useTimeFormat();
  const zone = zoneOf(time);
  const colours = useColours(histogram.series);
  const made = useMemo(() => colours && options(colours, zone, setChosen, latest), [colours, zone, setChosen]);
  const box = useChart(
    made,
    useMemo(() => layers(histogram), [histogram]),
  );

  const bucket = chosen === null ? undefined : histogram.buckets[chosen];
  const label = bucket ? `${fullTime(bucket.start, time).slice(0, 19)} · ${inWords(bucket, histogram.series)}` : "";
  return (
    <div className="relative border-line border-b">
      <div
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label="Entries over time: arrow keys select a bar, Enter zooms in on it"
        aria-valuemin={0}
        aria-valuemax={Math.max(0, histogram.buckets.length - 1)}
        aria-valuenow={chosen ?? 0}
        aria-valuetext={label || "no bar selected"}
        className="h-[66px] w-full overflow-hidden outline-offset-[-2px]"
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(null)}
      />
      {label && (
        <div className="pointer-events-none absolute top-1 right-3 rounded bg-raised/90 px-1.5 text-2xs text-soft tabular-nums">
          {label}
        </div>
      )}
    </div>
  );
}

function narrow(histogram: Stacked, index: number): void {
  const bar = spanOf(histogram, index);
  if (bar) range(...bar);
}

function range(from: number, to: number): void {
  navigate({ range: rangeBetween(from, to), entry: null });
}

function options(
  colours: Colours,
  zone: string | undefined,
  choose: (index: number | null) => void,
  latest: { current: Stacked },
): ChartOptions {
  return {
    padding: [4, 24, 0, 24],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    tzDate: inZone(zone),
    scales: {
      x: { range: () => span(latest.current) },
      y: { range: (_, __, max) => [0, Math.max(1, max)] },
    },
    axes: [timeAxis(colours.text), { show: false }],
    ...stackedBars(colours.series),
    hooks: pointing({ choose, click: (index) => narrow(latest.current, index), drag: range }),
  };
}
