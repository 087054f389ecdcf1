// The entries over time, stacked by level or by the values of another field. Drag to zoom, click a bar to narrow; with the keyboard, arrows choose a bar and
// Enter narrows to it. Times are those of the viewer's zone.
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { fullTime, zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/navigation";
import { inWords, layers, type Stacked } from "./stack";
import { type Colours, useColours } from "./useColours";

const HEIGHT = 66;
const CLICK = 4;

export function Histogram({ histogram }: { histogram: Stacked }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(histogram);
  latest.current = histogram;
  const [chosen, setChosen] = useState<number | null>(null);
  const time = useTimeFormat();
  const zone = zoneOf(time);
  const colours = useColours(histogram.series);

  useEffect(() => {
    const element = box.current;
    if (!element || !colours) return;
    const made = new uPlot(
      options(element.clientWidth, colours, zone, setChosen, latest),
      layers(latest.current),
      element,
    );
    chart.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [colours, zone]);
  useEffect(() => {
    // Other series are drawn by another chart, which begins with its data.
    if (chart.current?.series.length === histogram.series.length + 1) chart.current.setData(layers(histogram));
  }, [histogram]);

  const bucket = chosen === null ? undefined : histogram.buckets[chosen];
  const label = bucket ? `${fullTime(bucket.start, time).slice(0, 19)} · ${inWords(bucket, histogram.series)}` : "";
  const onKeyDown = (event: React.KeyboardEvent) => {
    const last = histogram.buckets.length - 1;
    const from = chosen ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    if (event.key === "ArrowLeft") setChosen(Math.max(0, from - 1));
    else if (event.key === "ArrowRight") setChosen(Math.min(last, from + 1));
    else if (event.key === "Enter" && bucket) narrow(histogram, chosen ?? 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
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
  const [start = Number.NaN, next] = histogram.buckets
    .slice(index, index + 2)
    .map((bucket) => Date.parse(bucket.start));
  if (Number.isNaN(start)) return;
  range(start, next ?? start + histogram.interval * 1000);
}

function range(from: number, to: number): void {
  navigate({
    range: { from: new Date(Math.round(from)).toISOString(), to: new Date(Math.round(to) - 1).toISOString() },
    entry: null,
  });
}

function options(
  width: number,
  colours: Colours,
  zone: string | undefined,
  choose: (index: number | null) => void,
  latest: { current: Stacked },
): uPlot.Options {
  const bars = uPlot.paths.bars?.({ size: [0.86, 40], align: 1 });
  return {
    width,
    height: HEIGHT,
    padding: [4, 24, 0, 24],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    tzDate: (seconds) => (zone ? uPlot.tzDate(new Date(seconds * 1000), zone) : new Date(seconds * 1000)),
    scales: {
      x: {
        range: () => span(latest.current),
      },
      y: { range: (_, __, max) => [0, Math.max(1, max)] },
    },
    axes: [
      {
        stroke: colours.text,
        font: '11px "Inter Variable", sans-serif',
        size: 20,
        gap: 2,
        space: 70,
        grid: { show: false },
        ticks: { show: false },
        values: [
          [86400 * 28, "{YYYY}-{MM}", null, null, null, null, null, null, 0],
          [86400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 0],
          [3600, "{HH}:{mm}", null, null, "{MM}-{DD}", null, null, null, 0],
          [60, "{HH}:{mm}", null, null, null, null, null, null, 0],
          [1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 0],
          [0.001, "{HH}:{mm}:{ss}.{fff}", null, null, null, null, null, null, 0],
        ],
      },
      { show: false },
    ],
    // The whole stack is drawn first, so that each layer covers the one before from below.
    series: [
      {},
      ...colours.series.map((fill) => ({
        fill,
        width: 0,
        ...(bars ? { paths: bars } : {}),
        points: { show: false },
      })),
    ],
    bands: colours.series.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] })),
    hooks: {
      setCursor: [
        (plot) => {
          const { left = -1 } = plot.cursor;
          choose(left < 0 ? null : indexAt(plot, left));
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width >= CLICK) range(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [
        (plot) => {
          let pressed = 0;
          plot.over.addEventListener("mousedown", (event) => {
            pressed = event.clientX;
          });
          plot.over.addEventListener("click", (event) => {
            if (Math.abs(event.clientX - pressed) < CLICK)
              narrow(latest.current, indexAt(plot, event.clientX - plot.over.getBoundingClientRect().left));
          });
        },
      ],
    },
  };
}

/** Seconds from where the first bar begins to where the last one ends. */
function span({ buckets, interval }: Stacked): [number, number] {
  const [first, last] = [buckets[0], buckets.at(-1)].map((one) => Date.parse(one?.start ?? "") / 1000);
  return first === undefined || last === undefined || Number.isNaN(first) ? [0, 1] : [first, last + interval];
}

/** The bar under a place: bars begin at their times, so it is the last that begins before. */
function indexAt(plot: uPlot, left: number): number {
  const at = plot.posToVal(left, "x");
  const times = plot.data[0];
  let index = 0;
  while (index + 1 < times.length && (times[index + 1] ?? 0) <= at) index++;
  return index;
}
