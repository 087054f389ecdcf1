// A screen on the wall: the views and dashboards of a team in turn, in large type, live. It changes nothing, and its address has no key.
import { ChevronLeft, ChevronRight, Pause, Play } from "lucide-react";
import { lazy, Suspense, useEffect, useState } from "react";
import { useDashboardsQuery, useViewsQuery } from "../api/kept";
import { ConnectionStatus } from "../shell/ConnectionStatus";
import { titleOf } from "../text/title";
import { clockAt, zoneOf } from "../time/format";
import { useNow } from "../time/useNow";
import { useTimeFormat } from "../time/useTimeFormat";
import { keptIn, showable, shownOn } from "../url/shownOn";
import type { Wall } from "../url/wall";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { IconButton } from "../widgets/IconButton";
import { FiringStrip } from "./FiringStrip";
import { WallView } from "./WallView";
import "./wall.css";

const WallDashboard = lazy(() => import("./WallDashboard"));

/** Milliseconds until it is asked again what there is to show. */
const REFRESH = 60_000;

export default function WallPage({ wall }: { wall: Wall }) {
  const views = useViewsQuery(REFRESH);
  const dashboards = useDashboardsQuery(REFRESH);
  const failing = [views, dashboards].find((one) => one.error !== null);
  const all = shownOn(wall, showable(views.data?.views ?? [], dashboards.data?.dashboards ?? []));
  const [turn, setTurn] = useState(0);
  const [held, setHeld] = useState(false);
  const count = all.length;
  const turns = !held && count > 1;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each turn begins with its whole time
  useEffect(() => {
    if (!turns) return;
    const timer = setTimeout(() => setTurn((now) => now + 1), wall.seconds * 1000);
    return () => clearTimeout(timer);
  }, [turns, turn, wall.seconds]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === "ArrowRight") setTurn((now) => now + 1);
      else if (event.key === "ArrowLeft") setTurn((now) => now - 1);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  const at = count === 0 ? 0 : ((turn % count) + count) % count;
  const shown = all[at];
  return (
    <main className="flex min-h-0 flex-1 flex-col text-[clamp(0.875rem,1.05vw,2.25rem)] leading-normal">
      <FiringStrip />
      {failing?.error && <ErrorBanner error={failing.error} onRetry={failing.retry} />}
      {shown ? (
        <Suspense>
          {"view" in shown ? (
            <WallView key={shown.name} kept={shown.view} />
          ) : (
            <WallDashboard key={shown.name} kept={shown.dashboard} />
          )}
        </Suspense>
      ) : (
        <p className="m-auto p-8 text-soft">{failing === undefined && whyNothing(views.data)}</p>
      )}
      <footer className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-line border-t bg-panel px-4 py-1 text-soft text-sm">
        <ConnectionStatus />
        {count > 1 && (
          <>
            <ol aria-label="Views in turn" className="flex min-w-0 flex-wrap gap-x-3">
              {all.map((one, index) => (
                <li
                  key={one.name}
                  aria-current={index === at ? "true" : undefined}
                  className={index === at ? "font-semibold text-ink" : ""}
                >
                  {titleOf(keptIn(one))}
                </li>
              ))}
            </ol>
            <span className="flex">
              <IconButton icon={ChevronLeft} label="Previous view" onClick={() => setTurn(turn - 1)} />
              <IconButton
                icon={held ? Play : Pause}
                label={held ? "Go on in turn" : "Stay at this view"}
                onClick={() => setHeld(!held)}
              />
              <IconButton icon={ChevronRight} label="Next view" onClick={() => setTurn(turn + 1)} />
            </span>
          </>
        )}
        <Clock />
      </footer>
      {turns && (
        <div
          key={turn}
          aria-hidden
          className="turn h-0.5 shrink-0 bg-accent"
          style={{ animationDuration: `${wall.seconds}s` }}
        />
      )}
    </main>
  );
}

/** `data`: what the server answered; undefined: nothing yet. */
function whyNothing(data: unknown): string {
  if (data === undefined) return "Loading…";
  return data === null
    ? "This server keeps no views."
    : "Nothing to show: share a view, or name others in the address.";
}

function Clock() {
  const now = useNow(1000);
  const { date, time } = clockAt(now, zoneOf(useTimeFormat()));
  return (
    <time className="ml-auto tabular-nums">
      {date} <span className="font-semibold text-ink">{time.slice(0, 5)}</span>
    </time>
  );
}
