// A search's result of any length: the scroll bar spans all of it, and pages are fetched where it is looked at, by the
// cursor of the page before where that is known, else by offset. The end of the range is fixed when the search begins, so
// that pages fit together while entries arrive.
import { keepPreviousData, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useRef, useState } from "react";
import { fetchPage, type RowPage } from "../api/entries";
import { useEndpoint, useIsExtended } from "../api/server";
import { useConfig } from "../config/useConfig";
import { listParams, type Params, type Question } from "../url/question";
import type { ListRow, RowSource } from "./rowSource";

const SETTLE = 70;
const MOST_PAGES = 8;
const NONE: readonly number[] = [];

export function useSearchRows(question: Question): RowSource {
  const enabled = question.kind === "search";
  const endpoint = useEndpoint();
  const extended = useIsExtended();
  const { pageSize } = useConfig();
  const cache = useQueryClient();
  const params = useMemo(() => listParams(question), [question]);
  const { at } = question; // asked again, the same range may have more in it
  const base = useMemo(() => ["search", endpoint, params, pageSize, at] as const, [endpoint, params, pageSize, at]);
  const [wanted, setWanted] = useState({ from: 0, to: 0 });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const fetchNumber = useCallback(
    (number: number, signal: AbortSignal) => {
      const asked: Params = { ...params, limit: String(pageSize) };
      if (number === 0) return fetchPage(endpoint, asked, signal);
      if (extended) asked.total = "false";
      const before = cache.getQueryData<RowPage>([...base, number - 1]);
      if (before?.next) asked.cursor = before.next;
      else asked.offset = String(number * pageSize);
      return fetchPage(endpoint, asked, signal);
    },
    [cache, base, endpoint, params, pageSize, extended],
  );

  const first = useQuery({
    queryKey: [...base, 0],
    queryFn: ({ signal }) => fetchNumber(0, signal),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
  const total = first.data?.total ?? first.data?.rows.length ?? 0;
  const lastPage = Math.max(0, Math.ceil(total / pageSize) - 1);
  const from = Math.min(Math.floor(wanted.from / pageSize), lastPage);
  const to = Math.min(Math.floor(wanted.to / pageSize), lastPage, from + MOST_PAGES);
  const numbers = useMemo(
    () => Array.from({ length: to - from + 1 }, (_, index) => from + index).filter((n) => n > 0),
    [from, to],
  );
  const pages = useQueries({
    queries: numbers.map((number) => ({
      queryKey: [...base, number],
      queryFn: ({ signal }: { signal: AbortSignal }) => fetchNumber(number, signal),
      enabled: enabled && first.isSuccess && !first.isPlaceholderData,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 20_000,
    })),
    combine: useCallback(
      (results: { data: RowPage | undefined; error: unknown; refetch: () => unknown }[]) => ({
        data: results.map((result) => result.data),
        error: results.find((result) => result.error)?.error ?? null,
        retry: () => {
          for (const result of results) if (result.error) result.refetch();
        },
      }),
      [],
    ),
  });

  const firstRows = first.data?.rows;
  return useMemo(() => {
    const pageOf = (number: number): ListRow[] | undefined => {
      if (number === 0) return firstRows;
      return pages.data[numbers.indexOf(number)]?.rows ?? cache.getQueryData<RowPage>([...base, number])?.rows;
    };
    return {
      list: firstRows, // until the next search has answered, its rows are those of the one before
      count: total,
      fixed: true,
      others: NONE,
      at: (index) => pageOf(Math.floor(index / pageSize))?.[index % pageSize],
      indexOf(id) {
        for (const number of [0, ...numbers]) {
          const index = pageOf(number)?.findIndex((row) => row.id === id) ?? -1;
          if (index >= 0) return number * pageSize + index;
        }
        return -1;
      },
      *loaded() {
        for (const [key, page] of cache.getQueriesData<RowPage>({ queryKey: base })) {
          const start = Number(key.at(-1)) * pageSize;
          for (const [index, row] of (page?.rows ?? []).entries()) yield [start + index, row];
        }
      },
      want(start, end) {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setWanted({ from: start, to: end }), SETTLE);
      },
      loading: first.isPending || first.isPlaceholderData,
      error: first.error ?? pages.error,
      retry: () => (first.error ? first.refetch() : pages.retry()),
      total: first.data && !first.isPlaceholderData ? total : null,
      marked: null,
    };
  }, [
    firstRows,
    first.isPending,
    first.isPlaceholderData,
    first.error,
    first.refetch,
    first.data,
    pages,
    numbers,
    total,
    pageSize,
    base,
    cache,
  ]);
}
