// The top of the page of the logs: the query, the range, live or not, and what can be done with what matches.
import { Filter, Pause, Play, Radio } from "lucide-react";
import { useIsExtended } from "../api/server";
import type { ExportFormat } from "../export/download";
import { ExportMenu } from "../export/ExportMenu";
import { liveStream, useLive } from "../live/liveStream";
import { RangePicker } from "../range/RangePicker";
import { SavedSearches } from "../saved/SavedSearches";
import { SearchBox } from "../search/SearchBox";
import { ConnectionStatus } from "../shell/ConnectionStatus";
import { Header } from "../shell/Header";
import { openDialog } from "../state/dialogs";
import { navigate } from "../url/navigation";
import type { PageName, View } from "../url/view";
import { IconButton } from "../widgets/IconButton";
import { useContextPaths } from "./useContextPaths";
import type { Logs } from "./useLogs";

interface Props {
  view: View;
  logs: Logs;
  offered: readonly PageName[];
  /** Whether the facets are in a drawer. */
  narrow: boolean;
  onExport: (format: ExportFormat) => void;
}

export function LogsHeader({ view, logs, offered, narrow, onExport }: Props) {
  const extended = useIsExtended();
  const paths = useContextPaths(logs.rows);
  // Where there is no search language, what is typed is looked for in the messages.
  const onSearch = (text: string) => {
    const change = extended ? { q: text } : { filters: { ...view.filters, search: text } };
    navigate({ ...change, around: null, entry: null });
  };
  return (
    <Header page="logs" offered={offered} status={<ConnectionStatus />}>
      <SearchBox
        q={extended ? view.q : (view.filters.search ?? "")}
        onSearch={onSearch}
        error={logs.queryError}
        paths={paths}
        searchable={extended}
      />
      <div className="flex items-center gap-1.5 max-sm:w-full">
        <RangePicker range={view.range} />
        <LiveButton view={view} pressed={logs.question.kind === "live"} />
        {logs.question.kind === "live" && <PauseButton onResume={logs.resume} />}
        <span className="flex max-sm:ml-auto">
          {narrow && <IconButton icon={Filter} label="Filters" size="large" onClick={() => openDialog("facets")} />}
          <SavedSearches />
          {extended && <ExportMenu onExport={onExport} />}
        </span>
      </div>
    </Header>
  );
}

function LiveButton({ view, pressed }: { view: View; pressed: boolean }) {
  return (
    <button
      type="button"
      className="button"
      aria-pressed={pressed}
      title={view.live ? "Show stored entries only" : "Show entries as they arrive"}
      onClick={() => navigate({ live: !view.live, around: null })}
    >
      <Radio size={14} aria-hidden className={pressed ? "text-accent" : "text-faint"} />
      Live
    </button>
  );
}

function PauseButton({ onResume }: { onResume: () => void }) {
  const following = useLive((state) => state.buffer.following);
  return (
    <button type="button" className="button sm:w-24" onClick={following ? liveStream.pause : onResume}>
      {following ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
      <span className="max-sm:sr-only">{following ? "Pause" : "Follow"}</span>
    </button>
  );
}
