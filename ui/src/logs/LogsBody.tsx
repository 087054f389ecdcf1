// The page of the logs below its header: the filters that hold, the histogram, the facets and the list.
import { Columns2 } from "lucide-react";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { useIsExtended } from "../api/server";
import { useConfig } from "../config/useConfig";
import { Facets } from "../facets/Facets";
import { FilterChips } from "../facets/FilterChips";
import { Histogram } from "../histogram/Histogram";
import { Legend } from "../histogram/Legend";
import { SplitPicker } from "../histogram/SplitPicker";
import { LogList } from "../list/LogList";
import { liveStream, useLive } from "../live/liveStream";
import { type Highlight, highlightPattern } from "../query/highlight";
import { isSide } from "../state/side";
import { split } from "../url/navigation";
import { traceOf } from "../url/question";
import type { View } from "../url/view";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { AroundBar } from "./AroundBar";
import { FindBar } from "./FindBar";
import { LinkedEntry } from "./LinkedEntry";
import { LoadingRows } from "./LoadingRows";
import { LookBar } from "./LookBar";
import { MarkedEntries } from "./MarkedEntries";
import { NoEntries } from "./NoEntries";
import { useDetails } from "./useDetails";
import type { Logs } from "./useLogs";

const PatternsView = lazy(() => import("../patterns/PatternsView"));
const CompareView = lazy(() => import("../compare/CompareView"));

interface Props {
  view: View;
  logs: Logs;
}

interface BodyProps extends Props {
  narrow: boolean;
  /** The paths in the contexts of entries that are shown. */
  paths: () => Iterable<string>;
}

export function LogsBody({ view, logs, narrow, paths }: BodyProps) {
  const { question } = logs;
  const config = useConfig();
  const extended = useIsExtended();
  const around = question.kind === "around";
  return (
    <main tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
      <h2 className="sr-only">Logs</h2>
      {around ? <AroundBar entry={logs.centre} /> : <FilterChips q={view.q} filters={view.filters} />}
      {!around && extended && (
        <LookBar show={view.show}>
          {config.histogram && logs.histogram?.legend && <Legend {...logs.histogram.legend} />}
          <span className="ml-auto flex items-center gap-1">
            {config.histogram && <SplitPicker split={view.split} paths={paths} />}
            {!isSide && (
              <button
                type="button"
                className="button plain small"
                title="Another list beside this one (s)"
                onClick={split}
              >
                <Columns2 size={14} aria-hidden />
                <span className="max-sm:sr-only">Split view</span>
              </button>
            )}
          </span>
        </LookBar>
      )}
      {!around && extended && config.histogram && <HistogramBar logs={logs} />}
      <div className="flex min-h-0 flex-1">
        {!around && !narrow && config.facets && (
          <aside className="w-56 shrink-0 overflow-y-auto border-line border-r bg-panel">
            <Facets question={question} />
          </aside>
        )}
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Looked view={view} logs={logs} paths={paths} />
        </div>
      </div>
    </main>
  );
}

function HistogramBar({ logs }: { logs: Logs }) {
  if (logs.histogram === null) return <div className="h-[67px] border-line border-b" />;
  return <Histogram histogram={logs.histogram.stacked} />;
}

/** The matches one by one, or as a whole. What surrounds an entry is always shown one by one. */
function Looked({ view, logs, paths }: Omit<BodyProps, "narrow">) {
  const { question } = logs;
  const extended = useIsExtended();
  if (logs.isListed || !extended) return <Answer view={view} logs={logs} />;
  return (
    <Suspense>
      {view.show === "patterns" && <PatternsView question={question} sort={view.sort} />}
      {view.show === "compare" && (
        <CompareView question={question} against={view.against} split={view.split} paths={paths} />
      )}
    </Suspense>
  );
}

/** What went wrong, the entry that a link names, and the rows or why there are none. */
function Answer({ view, logs }: Props) {
  const { question, rows, error, queryError, list, find, setFind } = logs;
  const highlight = useMemo(() => {
    const coloured: Highlight[] = view.highlights.map((text, colour) => ({ text, colour }));
    if (find) coloured.push({ text: find, colour: "find" });
    return highlightPattern(question.q, question.filters.search, coloured);
  }, [question, view.highlights, find]);
  const isPlaced = rows.indexOf(view.entry ?? "") >= 0;
  return (
    <>
      {error !== null && queryError === null && <ErrorBanner error={error} onRetry={rows.retry} />}
      <MarkedEntries marks={view.marks} />
      {find !== null && (
        <FindBar
          text={find}
          rows={rows}
          chosen={logs.index}
          onText={setFind}
          onChoose={logs.choose}
          onClose={() => setFind(null)}
        />
      )}
      {view.entry !== null && !isPlaced && !rows.loading && (
        <LinkedEntry id={view.entry} question={question} rows={rows} list={list} highlight={highlight} />
      )}
      {rows.count > 0 ? <List view={view} logs={logs} highlight={highlight} /> : <NoRows logs={logs} />}
    </>
  );
}

function List({ view, logs, highlight }: Props & { highlight: RegExp | null }) {
  const { question, rows, list, firstSeen, selected, toggle } = logs;
  const isLive = question.kind === "live";
  const following = useLive((state) => state.buffer.following);
  const details = useDetails(rows, highlight);
  const onReading = useCallback(() => {
    if (isLive) liveStream.pause();
  }, [isLive]);
  return (
    <LogList
      key={question.kind === "around" ? `around ${question.around}` : "list"}
      handle={list}
      rows={rows}
      open={view.entry}
      selected={selected}
      following={isLive && following}
      highlight={highlight}
      deltas={traceOf(question) !== null && question.kind === "search" ? question.order : null}
      details={details}
      marks={view.marks}
      onToggle={toggle}
      onReading={onReading}
      onFirst={firstSeen.set}
    />
  );
}

function NoRows({ logs }: { logs: Logs }) {
  const { question, rows, error, queryError } = logs;
  if (queryError) return <p className="m-auto p-8 text-soft">The query has an error: see below the search box.</p>;
  if (error !== null) return null;
  return rows.loading ? <LoadingRows /> : <NoEntries question={question} />;
}
