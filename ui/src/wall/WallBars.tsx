import type { Bucket } from "../api/responses";
import { SEVERE_FIRST } from "../entries/entry";
import { clockAt, zoneOf } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";

const LABELS = 6;

/** The entries over time, stacked by level, as high as the type is large: to be looked at from afar, and not to be touched. */
export function WallBars({ buckets }: { buckets: readonly Bucket[] }) {
  const zone = zoneOf(useTimeFormat());
  const most = Math.max(1, ...buckets.map(sum));
  const every = Math.max(1, Math.ceil(buckets.length / LABELS));
  const dateOf = (start: string) => clockAt(Date.parse(start), zone).date;
  const timeOf = (start: string) => clockAt(Date.parse(start), zone).time.slice(0, 5);
  const isOneDay = new Set(buckets.map(({ start }) => dateOf(start))).size <= 1;
  return (
    <div aria-hidden className="shrink-0 border-line border-y px-6 pt-2 pb-1">
      <div className="flex h-[6em] items-end gap-px">
        {buckets.map((bucket) => (
          <div
            key={bucket.start}
            className="flex min-w-0 flex-1 flex-col"
            style={{ height: `${(sum(bucket) / most) * 100}%` }}
          >
            {SEVERE_FIRST.toReversed().map((level) => (
              <div key={level} className={`wall-${level} fill-${level}`} style={{ flex: bucket.counts[level] }} />
            ))}
          </div>
        ))}
      </div>
      <div className="relative h-[1.6em] text-[0.75em] text-faint tabular-nums">
        {buckets.map(({ start }, index) => {
          if (index % every !== 0 || index > buckets.length - every / 2) return null;
          return (
            <span
              key={start}
              className="absolute whitespace-nowrap"
              style={{ left: `${(index / buckets.length) * 100}%` }}
            >
              {isOneDay ? timeOf(start) : `${dateOf(start).slice(5)} ${timeOf(start)}`}
            </span>
          );
        })}
      </div>
    </div>
  );
}

const sum = ({ counts }: Bucket): number => SEVERE_FIRST.reduce((total, level) => total + counts[level], 0);
