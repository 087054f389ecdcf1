// Entries that were marked stay in view, whatever the list shows; a link has them too.
import { useQueries } from "@tanstack/react-query";
import { BookmarkX } from "lucide-react";
import { fetchEntry } from "../api/entries";
import { useEndpoint } from "../api/server";
import type { LogEntry } from "../entries/entry";
import { oneLine } from "../text/oneLine";
import { fullTime } from "../time/format";
import { useTimeFormat } from "../time/useTimeFormat";
import { navigate } from "../url/navigation";
import { withToggledMark } from "../url/view";
import { IconButton } from "../widgets/IconButton";
import { LevelBadge } from "../widgets/LevelBadge";

export function MarkedEntries({ marks }: { marks: readonly string[] }) {
  const endpoint = useEndpoint();
  const found = useQueries({
    queries: marks.map((id) => ({
      queryKey: ["entry", endpoint, id],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchEntry(endpoint, id, signal),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  if (marks.length === 0) return null;
  return (
    <section aria-label="Marked entries" className="shrink-0 border-line border-b bg-panel">
      <ul className="max-h-[25vh] overflow-y-auto py-0.5">
        {marks.map((id, index) => (
          <Marked key={id} id={id} entry={found[index]?.data?.entry} marks={marks} />
        ))}
      </ul>
    </section>
  );
}

function Marked({ id, entry, marks }: { id: string; entry: LogEntry | undefined; marks: readonly string[] }) {
  const time = useTimeFormat();
  return (
    <li className="flex items-center pr-2">
      <button
        type="button"
        className="flex h-7 min-w-0 flex-1 items-center gap-3 px-3 text-left hover:bg-line/60"
        onClick={() => navigate({ entry: id })}
      >
        {entry ? (
          <>
            <span className="mono shrink-0 text-faint">{fullTime(entry.timestamp, time)}</span>
            <span className="w-14 shrink-0">
              <LevelBadge level={entry.level} />
            </span>
            <span className="shrink-0 font-medium max-sm:hidden">{entry.app_key}</span>
            <span className="truncate">{oneLine(entry.message)}</span>
          </>
        ) : (
          <span className="mono text-faint">{id}</span>
        )}
      </button>
      <IconButton
        icon={BookmarkX}
        label={`Unmark ${entry ? oneLine(entry.message).slice(0, 60) : id}`}
        title="Unmark"
        size="small"
        onClick={() => navigate({ marks: withToggledMark(marks, id) }, true)}
      />
    </li>
  );
}
