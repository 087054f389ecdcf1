import { ArrowLeft } from "lucide-react";
import type { LogEntry } from "../entries/entry";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/navigation";

export function AroundBar({ entry }: { entry: LogEntry | null }) {
  const time = useTimeFormat();
  return (
    <div className="flex flex-wrap items-center gap-3 border-line border-b bg-wash px-3 py-1.5">
      <button type="button" className="button small" onClick={() => navigate({ around: null })}>
        <ArrowLeft size={13} aria-hidden /> Back to search
      </button>
      {entry && (
        <span>
          Around <span className="mono">{fullTime(entry.timestamp, time)}</span> in{" "}
          <span className="font-medium">{entry.app_key}</span>
          <span className="text-soft"> · {entry.app_id}</span>, without filters
        </span>
      )}
    </div>
  );
}
