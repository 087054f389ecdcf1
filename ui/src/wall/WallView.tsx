import { useEffect, useMemo, useRef, useState } from "react";
import { useStats } from "../api/counts";
import { isRefused } from "../api/keptQuery";
import type { Stats } from "../api/responses";
import { SEVERE_FIRST } from "../entries/entry";
import { entryOf } from "../entries/row";
import { useRows } from "../logs/useRows";
import { fullCount } from "../text/count";
import { oneLine } from "../text/oneLine";
import { wallTime } from "../time/format";
import { useNow } from "../time/useNow";
import { useTimeFormat } from "../time/useTimeFormat";
import type { KeptView } from "../url/kept";
import { questionOf } from "../url/question";
import { wallScreen } from "../url/shownOn";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { LevelBadge } from "../widgets/LevelBadge";
import { WallBars } from "./WallBars";
import { WallTitle } from "./WallTitle";

const BUCKETS = 60;
/** Milliseconds until what isn't live is asked for again, and what failed. */
const REFRESH = 60_000;
const RETRY = 10_000;
/** As many as the highest screen shows. */
const MOST = 80;

/** One view as the wall shows it: its counts, its time, and its newest entries as they arrive. */
export function WallView({ kept }: { kept: KeptView }) {
  const view = useMemo(() => wallScreen(kept), [kept]);
  const minute = useNow(REFRESH);
  const [opened] = useState(minute);
  // What is live goes on by itself; a range that has an end is asked for again.
  const at = view.live ? opened : minute;
  const question = useMemo(() => questionOf(view, at), [view, at]);
  const { rows } = useRows(question);
  const counted = useStats(question, BUCKETS);
  const stats = counted.data?.value;
  const error = rows.error ?? counted.error;
  const { want } = rows;
  useEffect(() => want(0, MOST), [want]);
  const retry = () => {
    if (rows.error !== null) rows.retry();
    if (counted.error) counted.refetch();
  };
  useRetrying(error, retry);
  const time = useTimeFormat();
  const now = useNow(1000);
  const shown = Array.from({ length: Math.min(MOST, rows.count) }, (_, index) => rows.at(index));
  return (
    <>
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-2 px-6 pt-4 pb-3">
        <WallTitle kept={kept} range={view.range} />
        {stats && <Counts stats={stats} />}
      </div>
      {error !== null && <ErrorBanner error={error} onRetry={retry} />}
      <WallBars buckets={stats?.histogram.buckets ?? []} />
      <ol aria-label="Newest entries" className="wall-lines min-h-0 flex-1 overflow-hidden py-2">
        {shown.map((row) => {
          if (row?.kind === "gap") {
            return (
              <li key={row.id} className="px-6 text-faint">
                {fullCount(row.dropped)} entries skipped
              </li>
            );
          }
          if (row?.kind !== "entry") return null;
          const entry = entryOf(row);
          return (
            <li key={row.id} className="wall-line" data-level={entry.level}>
              <span className={`bar fill-${entry.level}`} aria-hidden />
              <span className="font-mono text-faint">{wallTime(entry.timestamp, time, now)}</span>
              <LevelBadge level={entry.level} />
              <span className="truncate text-soft">{entry.app_key}</span>
              <span className="truncate">{oneLine(entry.message)}</span>
            </li>
          );
        })}
        {rows.count === 0 && !rows.loading && error === null && (
          <li className="px-6 py-4 text-soft">Nothing matches. All is quiet.</li>
        )}
      </ol>
    </>
  );
}

/** Tries again by itself: nobody sits at a wall. */
function useRetrying(error: unknown, retry: () => void): void {
  const latest = useRef(retry);
  latest.current = retry;
  const isHopeful = error !== null && !isRefused(error);
  useEffect(() => {
    if (!isHopeful) return;
    const timer = setInterval(() => latest.current(), RETRY);
    return () => clearInterval(timer);
  }, [isHopeful]);
}

function Counts({ stats }: { stats: Stats }) {
  return (
    <dl aria-label="Counts" className="flex flex-wrap items-end gap-x-8">
      {SEVERE_FIRST.filter((level) => (stats.by_level[level] ?? 0) > 0).map((level) => (
        <Count key={level} name={level} count={stats.by_level[level] ?? 0} className={`tint-${level}`} />
      ))}
      <Count name="in all" count={stats.total} className="" />
    </dl>
  );
}

function Count({ name, count, className }: { name: string; count: number; className: string }) {
  return (
    <div className="flex flex-col-reverse text-right">
      <dt className="text-soft">{name}</dt>
      <dd className={`font-semibold text-[2em] leading-none tracking-tight tabular-nums ${className}`}>
        {fullCount(count)}
      </dd>
    </div>
  );
}
