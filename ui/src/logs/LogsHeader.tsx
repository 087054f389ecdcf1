// The top of the page of the logs: the query, the range, live or not, and what can be done with what matches.
import { Filter } from "lucide-react";
import { useIsExtended } from "../api/server";
import type { ExportFormat } from "../export/download";
import { ExportMenu } from "../export/ExportMenu";
import { RangePicker } from "../range/RangePicker";
import { SearchBox } from "../search/SearchBox";
import { ConnectionStatus } from "../shell/ConnectionStatus";
import { Header } from "../shell/Header";
import { openDialog } from "../state/dialogs";
import { navigate } from "../url/navigation";
import type { PageName, View } from "../url/view";
import { SavedMenu } from "../views/SavedMenu";
import { IconButton } from "../widgets/IconButton";
import { LiveControl } from "./LiveControl";
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
        <LiveControl live={logs.question.kind === "live"} onResume={logs.resume} />
        <span className="flex max-sm:ml-auto">
          {narrow && <IconButton icon={Filter} label="Filters" size="large" onClick={() => openDialog("facets")} />}
          <SavedMenu />
          {extended && <ExportMenu onExport={onExport} />}
        </span>
      </div>
    </Header>
  );
}
