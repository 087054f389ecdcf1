import type { Stats } from "../api/responses";

const HEIGHT = 40;

/** Both sides over time, one laid over the other: this one as bars, the other as a line. */
export function Overlay({ current, baseline, name }: { current: Stats; baseline: Stats; name: string }) {
  const [here, there] = [sums(current), sums(baseline)];
  const width = Math.max(here.length, there.length, 2);
  const most = Math.max(1, ...here, ...there);
  const y = (count: number) => HEIGHT - (HEIGHT * count) / most;
  const bars = here.map((count, index) => `M${index + 0.1} ${HEIGHT}V${y(count)}h0.8V${HEIGHT}z`);
  const line = there.map((count, index) => `${index === 0 ? "M" : "L"}${index + 0.5} ${y(count)}`);
  return (
    <svg
      role="img"
      aria-label={`Entries over time, compared with: ${name}`}
      className="h-10 min-w-0 flex-1"
      viewBox={`0 0 ${width} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <path d={bars.join("")} fill="var(--accent)" opacity="0.55" />
      <path d={line.join("")} fill="none" stroke="var(--soft)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

function sums({ histogram }: Stats): number[] {
  return histogram.buckets.map(({ counts }) => Object.values(counts).reduce((sum, count) => sum + count, 0));
}
