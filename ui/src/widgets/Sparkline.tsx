import type { Level } from "../entries/entry";

const HEIGHT = 24;
const GAP = 0.2;

/** Counts over time as small bars in the colour of a level. What they say in words is the label. */
export function Sparkline({ counts, level, label }: { counts: readonly number[]; level: Level; label: string }) {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, index) => {
    const height = count === 0 ? 0 : Math.max(1.5, (HEIGHT * count) / most);
    return `M${index + GAP / 2} ${HEIGHT}v${-height}h${1 - GAP}v${height}z`;
  });
  return (
    <svg
      role="img"
      aria-label={label}
      className={`h-6 w-full tint-${level}`}
      viewBox={`0 0 ${Math.max(1, counts.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      <title>{label}</title>
      <path d={bars.join("")} fill="currentColor" opacity="0.85" />
      <path
        d={`M0 ${HEIGHT}h${counts.length}`}
        stroke="var(--strong)"
        strokeWidth="1"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
