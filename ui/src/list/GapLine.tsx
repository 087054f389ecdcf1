import { Scissors } from "lucide-react";
import type { GapRow } from "../entries/row";
import { liveStream, useLive } from "../live/liveStream";
import { entryCount } from "../text/count";

/** Entries that the live list skipped: how many, and the way to them. */
export function GapLine({ gap }: { gap: GapRow }) {
  const loading = useLive((state) => state.loading.has(gap.id));
  const unloadable = useLive((state) => state.unloadable.has(gap.id));
  return (
    <div
      role="row"
      className="flex h-9 items-center justify-center gap-2 border-warning/50 border-y border-dashed bg-warning/6 text-soft"
    >
      <span role="gridcell" className="flex items-center gap-2">
        <Scissors size={13} aria-hidden className="text-warning" />
        <span className="tabular-nums">{entryCount(gap.dropped)} skipped</span>
        <button
          type="button"
          className="font-medium text-accent hover:underline"
          disabled={loading}
          onClick={() => liveStream.load(gap)}
        >
          {loadText(loading, unloadable)}
        </button>
      </span>
    </div>
  );
}

function loadText(loading: boolean, unloadable: boolean): string {
  if (loading) return "loading…";
  return unloadable ? "couldn't be loaded, try again" : "load them";
}
