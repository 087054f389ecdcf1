// What all charts over time have in common: their axis, their bars, and which bar is under a place.
import uPlot from "uplot";

export const FONT = '11px "Inter Variable", sans-serif';

export interface Span {
  buckets: readonly { start: string }[];
  /** Of a bucket, in seconds. */
  interval: number;
}

export const inZone = (zone: string | undefined) => (seconds: number) =>
  zone ? uPlot.tzDate(new Date(seconds * 1000), zone) : new Date(seconds * 1000);

/** The time along the bottom, as a clock and a calendar say it. */
export const timeAxis = (colour: string): uPlot.Axis => ({
  stroke: colour,
  font: FONT,
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
});

/** Bars that stand on each other. The whole stack is drawn first, so that each layer covers the one before from below. */
export function stackedBars(fills: readonly string[]): Pick<uPlot.Options, "series" | "bands"> {
  const bars = uPlot.paths.bars?.({ size: [0.86, 40], align: 1 });
  return {
    series: [
      {},
      ...fills.map((fill) => ({ fill, width: 0, ...(bars ? { paths: bars } : {}), points: { show: false } })),
    ],
    bands: fills.slice(1).map((_, index) => ({ series: [index + 2, index + 1] as [number, number] })),
  };
}

/** Seconds from where the first bar begins to where the last one ends. */
export function span({ buckets, interval }: Span): [number, number] {
  const [first, last] = [buckets[0], buckets.at(-1)].map((one) => Date.parse(one?.start ?? "") / 1000);
  return first === undefined || last === undefined || Number.isNaN(first) ? [0, 1] : [first, last + interval];
}

/** When a bar begins and ends, in ms since 1970; null where there is no such bar. */
export function spanOf({ buckets, interval }: Span, index: number): [number, number] | null {
  const [start = Number.NaN, next] = buckets.slice(index, index + 2).map((bucket) => Date.parse(bucket.start));
  return Number.isNaN(start) ? null : [start, next ?? start + interval * 1000];
}

/** The bar under a place: bars begin at their times, so it is the last that begins before. */
export function indexAt(plot: uPlot, left: number): number {
  const at = plot.posToVal(left, "x");
  const times = plot.data[0];
  let index = 0;
  while (index + 1 < times.length && (times[index + 1] ?? 0) <= at) index++;
  return index;
}

const CLICK = 4;

/** What the pointer does: it chooses a bar, clicks it, or drags over some. Times in ms since 1970. */
export function pointing(on: {
  choose: (index: number | null) => void;
  click: (index: number) => void;
  drag: (from: number, to: number) => void;
}): NonNullable<uPlot.Options["hooks"]> {
  return {
    setCursor: [
      (plot) => {
        const { left = -1 } = plot.cursor;
        on.choose(left < 0 ? null : indexAt(plot, left));
      },
    ],
    setSelect: [
      (plot) => {
        const { left, width } = plot.select;
        if (width >= CLICK) on.drag(plot.posToVal(left, "x") * 1000, plot.posToVal(left + width, "x") * 1000);
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
            on.click(indexAt(plot, event.clientX - plot.over.getBoundingClientRect().left));
        });
      },
    ],
  };
}
