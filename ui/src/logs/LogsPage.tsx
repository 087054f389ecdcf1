// The page of the logs: it brings the search, the counts and the list together, and obeys the keys.
import { Filter, Pause, Play, Radio } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from "react";
import { ApiError } from "../api/client";
import { useStats } from "../api/counts";
import { useEndpoint, useIsComplete } from "../api/server";
import { useConfig } from "../config/useConfig";
import { download } from "../export/download";
import { ExportMenu } from "../export/ExportMenu";
import { Facets } from "../facets/Facets";
import { FilterChips } from "../facets/FilterChips";
import { Histogram } from "../histogram/Histogram";
import { useKeys } from "../keys/useKeys";
import { type ListHandle, LogList } from "../list/LogList";
import { useAroundRows } from "../list/useAroundRows";
import { useLiveRows } from "../list/useLiveRows";
import { useSearchRows } from "../list/useSearchRows";
import { feed } from "../live/feed";
import { useFeed } from "../live/useFeed";
import { Dialog } from "../parts/Dialog";
import { ErrorBanner } from "../parts/ErrorBanner";
import { IconButton } from "../parts/IconButton";
import { soughtIn } from "../query/sought";
import { RangePicker } from "../range/RangePicker";
import { SavedSearches } from "../saved/SavedSearches";
import { SearchBox } from "../search/SearchBox";
import { Connection } from "../shell/Connection";
import { Header } from "../shell/Header";
import { closeDialog, openDialog, useDialogs } from "../state/dialogs";
import { useNarrow } from "../state/media";
import { Store } from "../state/store";
import { navigate } from "../url/navigation";
import { type PageName, toParams, type View } from "../url/view";
import { AroundBar } from "./AroundBar";
import { Empty } from "./Empty";
import { LinkedEntry } from "./LinkedEntry";
import { Loading } from "./Loading";
import { Pager } from "./Pager";
import { Resume } from "./Resume";
import { StatusBar } from "./StatusBar";
import { useDetails } from "./useDetails";
import { useListCommands } from "./useListCommands";
import { usePaths } from "./usePaths";

const StatisticsDrawer = lazy(() => import("../statistics/StatisticsDrawer"));
const Palette = lazy(() => import("../palette/Palette"));
const BUCKETS = 90;

export function LogsPage({ view, offered }: { view: View; offered: readonly PageName[] }) {
  const config = useConfig();
  const endpoint = useEndpoint();
  const complete = useIsComplete();
  const dialogs = useDialogs();
  const narrow = useNarrow(1024);
  const following = useFeed((state) => state.buffer.following);
  const list = useRef<ListHandle>(null);
  const first = useMemo(() => new Store(0), []);

  // A search looks at what is stored when it begins; it begins anew with every change, and when asked.
  const searchKey = JSON.stringify([view.q, view.filters, view.range, view.live, endpoint]);
  const at = useMemo(() => Date.now(), [searchKey]);
  const around = view.around !== null;
  const live = view.live && !around;
  const liveRows = useLiveRows(view, live);
  const searchRows = useSearchRows(view, at, !view.live && !around);
  const aroundRows = useAroundRows(view.around);
  const rows = around ? aroundRows : live ? liveRows : searchRows;
  const stats = useStats(view, at, live, BUCKETS);
  const total = stats.data ? stats.data.value.total : rows.total;

  const onReading = useCallback(() => live && feed.pause(), [live]);
  useEffect(() => {
    if (live && view.entry !== null) feed.pause();
  }, [live, view.entry]);
  useEffect(() => {
    list.current?.toTop();
  }, [searchKey]);
  const resume = () => {
    feed.resumeFromNow();
    list.current?.toTop();
    if (view.entry) navigate({ entry: null }, true);
  };
  const onToggle = useCallback((id: string) => {
    setSelected(id);
    navigate({ entry: id === openId.current ? null : id });
  }, []);
  const openId = useRef(view.entry);
  openId.current = view.entry;
  const sought = useMemo(() => soughtIn(view.q, view.filters.search), [view.q, view.filters.search]);
  const details = useDetails(rows, sought);
  const paths = usePaths(rows);
  const { selected, setSelected, act } = useListCommands({ rows, list, view, live, at, onToggle, onResume: resume });
  useKeys(act);
  // Where there is no search language, what is typed is looked for in the messages.
  const onSearch = (text: string) => {
    const change = complete ? { q: text } : { filters: { ...view.filters, search: text } };
    navigate({ ...change, around: null, entry: null });
  };
  const onExport = useCallback(
    (format: "ndjson" | "csv") => download(endpoint, toParams(view, Date.now()), format),
    [endpoint, view],
  );
  const offers = useMemo(
    () => ({
      applications: offered.includes("applications"),
      retention: offered.includes("retention"),
      exports: complete,
      onExport,
    }),
    [offered, complete, onExport],
  );

  const error = rows.error ?? (rows.count === 0 ? stats.error : null);
  const queryError = error instanceof ApiError && error.status === 400 && error.error.endsWith(" q") ? error : null;
  const facets = <Facets view={view} at={at} live={live} />;
  const placed = rows.indexOf(view.entry ?? "") >= 0;
  return (
    <>
      <Header page="logs" offered={offered} status={<Connection />}>
        <SearchBox
          q={complete ? view.q : (view.filters.search ?? "")}
          onSearch={onSearch}
          error={queryError}
          paths={paths}
          searchable={complete}
        />
        <div className="flex items-center gap-1.5 max-sm:w-full">
          <RangePicker range={view.range} />
          <button
            type="button"
            className="button"
            aria-pressed={live}
            title={view.live ? "Look at what is stored only" : "Show entries as they arrive"}
            onClick={() => navigate({ live: !view.live, around: null })}
          >
            <Radio size={14} aria-hidden className={live ? "text-accent" : "text-faint"} />
            Live
          </button>
          {live && (
            <button type="button" className="button sm:w-24" onClick={() => (following ? feed.pause() : resume())}>
              {following ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
              <span className="max-sm:sr-only">{following ? "Pause" : "Follow"}</span>
            </button>
          )}
          <span className="flex max-sm:ml-auto">
            {narrow && <IconButton icon={Filter} label="Filters" size="large" onClick={() => openDialog("facets")} />}
            <SavedSearches />
            {complete && <ExportMenu onExport={onExport} />}
          </span>
        </div>
      </Header>
      <main className="flex min-h-0 flex-1 flex-col">
        <h2 className="sr-only">Logs</h2>
        {around ? <AroundBar entry={aroundRows.entry} /> : <FilterChips view={view} />}
        {!around &&
          complete &&
          config.histogram &&
          (stats.data ? (
            <Histogram histogram={stats.data.value.histogram} />
          ) : (
            <div className="h-[67px] border-line border-b" />
          ))}
        <div className="flex min-h-0 flex-1">
          {config.facets && !narrow && !around && (
            <aside className="w-56 shrink-0 overflow-y-auto border-line border-r bg-panel">{facets}</aside>
          )}
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            {error !== null && queryError === null && <ErrorBanner error={error} onRetry={rows.retry} />}
            {view.entry !== null && !placed && !rows.loading && (
              <LinkedEntry
                id={view.entry}
                view={view}
                at={at}
                live={live || around}
                rows={rows}
                list={list}
                sought={sought}
              />
            )}
            {rows.count === 0 && rows.loading && error === null ? <Loading /> : null}
            {rows.count === 0 && !rows.loading && error === null ? <Empty view={view} /> : null}
            {rows.count === 0 && queryError !== null ? (
              <p className="m-auto p-8 text-soft">The query is not understood: see below the search.</p>
            ) : null}
            {rows.count > 0 && (
              <LogList
                key={around ? `around ${view.around}` : "list"}
                handle={list}
                rows={rows}
                open={view.entry}
                selected={selected}
                following={live && following}
                sought={sought}
                details={details}
                onToggle={onToggle}
                onReading={onReading}
                onFirst={first.set}
              />
            )}
          </div>
        </div>
      </main>
      <StatusBar
        live={live}
        total={around ? null : total}
        pager={
          !view.live && !around && searchRows.total ? (
            <Pager first={first} total={searchRows.total} onJump={(index) => list.current?.show(index, "start")} />
          ) : null
        }
        resume={live ? <Resume onNow={resume} /> : null}
      />
      <Suspense>
        {view.statistics && <StatisticsDrawer view={view} at={at} live={live} />}
        {dialogs.open === "palette" && <Palette {...offers} />}
      </Suspense>
      <Dialog title="Filters" side="left" open={dialogs.open === "facets" && narrow} onClose={closeDialog}>
        {facets}
      </Dialog>
    </>
  );
}
