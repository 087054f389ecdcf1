// What an entry's application logged just before and after it, all filters lifted.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fetchEntry, fetchPage } from "../api/entries";
import { useEndpoint } from "../api/server";
import type { LogEntry } from "../entries/entry";
import { rowOf } from "../entries/row";
import { type ListRow, othersOf, type RowSource } from "./rowSource";

const PART = 50;

export function useAroundRows(id: string | null): RowSource & { entry: LogEntry | null } {
  const endpoint = useEndpoint();
  const center = useQuery({
    queryKey: ["entry", endpoint, id],
    queryFn: ({ signal }) => fetchEntry(endpoint, id ?? "", signal),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const entry = (id !== null && center.data?.entry) || null;
  const newer = useSide(entry, "asc");
  const older = useSide(entry, "desc");
  return useMemo(() => {
    const list: ListRow[] = [];
    if (entry && !newer.loading && !older.loading) {
      if (newer.more) list.push({ kind: "more", id: "newer", text: "Show what came after", act: newer.more });
      list.push(...newer.rows.toReversed(), rowOf(entry), ...older.rows);
      if (older.more) list.push({ kind: "more", id: "older", text: "Show what came before", act: older.more });
    }
    return {
      count: list.length,
      fixed: false,
      others: othersOf(list),
      at: (index) => list[index],
      indexOf: (wanted) => list.findIndex((row) => row.id === wanted),
      want: () => {},
      loading: id !== null && (center.isPending || newer.loading || older.loading),
      error: center.error ?? newer.error ?? older.error,
      retry: () => {
        if (center.error) center.refetch();
        newer.retry();
        older.retry();
      },
      total: null,
      marked: id,
      entry,
    };
  }, [id, entry, newer, older, center.isPending, center.error, center.refetch]);
}

function useSide(entry: LogEntry | null, order: "asc" | "desc") {
  const endpoint = useEndpoint();
  const query = useInfiniteQuery({
    queryKey: ["around", endpoint, entry?.id, order],
    queryFn: ({ pageParam, signal }) => {
      const side: Record<string, string> =
        order === "asc" ? { date_from: entry?.timestamp ?? "" } : { date_to: entry?.timestamp ?? "" };
      const { app_key = "", app_id = "" } = entry ?? {};
      return fetchPage(
        endpoint,
        { app_key, app_id, order, limit: String(PART), total: "false", ...side, ...pageParam },
        signal,
      );
    },
    initialPageParam: {} as Record<string, string>,
    getNextPageParam: (last) => (last.next ? { cursor: last.next } : undefined),
    enabled: entry !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(() => {
    const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
    // Of the same moment, the side after has the greater ids and the side before the smaller.
    const own = rows.filter((row) => {
      const other = row.source as LogEntry;
      return !entry || other.timestamp !== entry.timestamp || (order === "asc" ? row.id > entry.id : row.id < entry.id);
    });
    return {
      rows: own,
      loading: query.isPending,
      error: query.error,
      retry: () => query.error && query.refetch(),
      more: query.hasNextPage ? () => query.fetchNextPage() : undefined,
    };
  }, [entry, order, query.data, query.isPending, query.error, query.hasNextPage, query.refetch, query.fetchNextPage]);
}
