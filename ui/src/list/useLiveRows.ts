// The live list: what arrives, and below it what was stored before. The search for that begins when the stream's filter
// holds, so that between the two nothing is missing; what both have is shown once.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { fetchPage } from "../api/entries";
import { useEndpoint } from "../api/server";
import { useConfig } from "../config/useConfig";
import { liveStream, useLive } from "../live/liveStream";
import { navigate } from "../url/navigation";
import { filterOf, openParams, type Params, type Question } from "../url/question";
import { type ListRow, othersOf, type RowSource } from "./rowSource";

const PATIENCE = 400;
const NEAR_END = 60;
const MOST_OLDER_PAGES = 40;

export function useLiveRows(question: Question): RowSource {
  const enabled = question.kind === "live";
  const endpoint = useEndpoint();
  const { pageSize } = useConfig();
  const buffer = useLive((state) => state.buffer);
  const holds = useLive((state) => state.status.epoch === state.epoch);
  const epoch = useLive((state) => state.epoch);
  const starts = useLive((state) => state.status.starts);
  const filter = useMemo(() => filterOf(question), [question]);
  useEffect(() => {
    if (enabled) liveStream.setFilter(filter);
  }, [enabled, filter]);

  // A stream that doesn't come about must not hide what is stored.
  const [patient, setPatient] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: every filter gets its time to take hold
  useEffect(() => {
    setPatient(true);
    const timer = setTimeout(() => setPatient(false), PATIENCE);
    return () => clearTimeout(timer);
  }, [epoch]);

  const query = useInfiniteQuery({
    queryKey: ["stored", endpoint, filter, question.range, pageSize, holds ? `${epoch} ${starts}` : "before"],
    // The times of the first page are those of all: a cursor goes on with the search that gave it.
    queryFn: async ({ pageParam, signal }) => {
      const asked = pageParam ?? { ...openParams(question, Date.now()), limit: String(pageSize), total: "false" };
      return { ...(await fetchPage(endpoint, asked, signal)), asked };
    },
    initialPageParam: null as Params | null,
    getNextPageParam: ({ rows, next, asked }, pages) => {
      if (pages.length >= MOST_OLDER_PAGES || rows.length < pageSize) return undefined;
      if (next) return { ...asked, cursor: next };
      return { ...asked, offset: String(Number(asked.offset ?? 0) + rows.length) };
    },
    enabled: enabled && (holds || !patient),
    gcTime: 10_000,
    staleTime: Number.POSITIVE_INFINITY,
  });

  const stored = useMemo(() => query.data?.pages.flatMap((page) => page.rows) ?? [], [query.data]);
  useEffect(() => {
    const ids = stored.map((row) => row.id).sort();
    const newest = ids.at(-1);
    if (enabled && holds && newest) liveStream.seen(newest);
  }, [enabled, holds, stored]);

  const { rows, trimmed, firstIds } = buffer;
  const pages = query.data?.pages;
  const full = pages?.length === MOST_OLDER_PAGES && pages[MOST_OLDER_PAGES - 1]?.rows.length === pageSize;
  const older = useMemo(() => stored.filter((row) => !firstIds.has(row.id)), [stored, firstIds]);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  return useMemo(() => {
    const list: ListRow[] = trimmed ? [...rows] : [...rows, ...older];
    const last = list[list.length - 1];
    if ((trimmed || full) && last?.kind === "entry") {
      list.push({
        kind: "more",
        id: "more",
        text: "Search for older entries",
        act: () => navigate({ live: false }),
      });
    } else if (hasNextPage && list.length > 0) {
      list.push({ kind: "more", id: "more", text: "Loading older entries…" });
    }
    const indexes = new Map<string, number>();
    return {
      list: filter,
      count: list.length,
      fixed: false,
      others: othersOf(list),
      at: (index) => list[index],
      loaded: () => list.entries(),
      indexOf(id) {
        if (indexes.size === 0) for (const [index, row] of list.entries()) indexes.set(row.id, index);
        return indexes.get(id) ?? -1;
      },
      want(_, to) {
        if (trimmed || !hasNextPage || isFetchingNextPage || isFetchNextPageError) return;
        if (to > list.length - NEAR_END) fetchNextPage();
      },
      loading: rows.length === 0 && !trimmed && query.isPending,
      error: query.error,
      retry: () => (isFetchNextPageError ? fetchNextPage() : query.refetch()),
      total: null,
      marked: null,
    };
  }, [
    filter,
    rows,
    older,
    trimmed,
    full,
    hasNextPage,
    isFetchingNextPage,
    isFetchNextPageError,
    fetchNextPage,
    query.isPending,
    query.error,
    query.refetch,
  ]);
}
