// What the page of the logs asks, what answers it, and how the list is moved through; the header and the body show it.
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useStats } from "../api/counts";
import { ApiError } from "../api/request";
import { useEndpoint } from "../api/server";
import { COLOURS } from "../histogram/series";
import { useStacked } from "../histogram/useStacked";
import { useKeys } from "../keys/useKeys";
import type { ListHandle } from "../list/LogList";
import { liveStream } from "../live/liveStream";
import { rowsAreThere, useRowsAreThere } from "../state/firstRows";
import { Store } from "../state/store";
import { navigate } from "../url/navigation";
import { questionOf } from "../url/question";
import type { View } from "../url/view";
import { useListCommands } from "./useListCommands";
import { useRows } from "./useRows";

const BUCKETS = 90;

export type Logs = ReturnType<typeof useLogs>;

export function useLogs(view: View) {
  const endpoint = useEndpoint();
  // A search looks at what is stored when it begins; it begins anew with every change, and when asked.
  const asked = JSON.stringify([view.q, view.filters, view.range, view.live, view.order, endpoint]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked now whenever something else is asked
  const at = useMemo(() => Date.now(), [asked]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same for views that ask the same, opened entries aside
  const question = useMemo(() => questionOf(view, at), [asked, at, view.around]);
  const isLive = question.kind === "live";
  const { rows, centre } = useRows(question);
  const isListed = view.show === "entries" || question.kind === "around";
  const stats = useStats(question, BUCKETS, { field: view.split, series: COLOURS }, useRowsAreThere());
  useEffect(() => {
    if (!rows.loading || !isListed) rowsAreThere();
  }, [rows.loading, isListed]);

  const list = useRef<ListHandle>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question is answered from the top
  useEffect(() => list.current?.toTop(), [asked]);
  useEffect(() => {
    if (isLive && view.entry !== null) liveStream.pause();
  }, [isLive, view.entry]);
  const resume = useCallback(() => {
    liveStream.resumeFromNow();
    list.current?.toTop();
    if (view.entry) navigate({ entry: null }, true);
  }, [view.entry]);
  const commands = useListCommands({
    rows,
    list,
    question,
    centre,
    opened: view.entry,
    onResume: resume,
  });
  useKeys(commands.act);

  const histogram = useStacked(stats.data?.value);
  const error = rows.error ?? (rows.count === 0 ? stats.error : null);
  return {
    question,
    /** Whether the entries themselves are shown. */
    isListed,
    rows,
    centre,
    total: stats.data ? stats.data.value.total : rows.total,
    histogram,
    error,
    queryError: isQueryError(error) ? error : null,
    list,
    /** The first row that is seen: shared, so that scrolling renders nothing else on the page. */
    firstSeen: useMemo(() => new Store(0), []),
    ...commands,
    resume,
  };
}

function isQueryError(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 400 && error.error.endsWith(" q");
}
