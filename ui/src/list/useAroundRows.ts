// What an entry's application logged just before and after it, all filters lifted.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fetchEntry, fetchPage } from "../api/entries";
import { useEndpoint } from "../api/server";
import type { LogEntry } from "../entries/entry";
import { type EntryRow, entryOf, rowOf } from "../entries/row";
import type { Params } from "../url/question";
import type { Order } from "../url/view";
import { type ListRow, othersOf, type RowSource } from "./rowSource";

const PAGE = 50;

export function useAroundRows(id: string | null, order: Order): RowSource & { entry: LogEntry | null } {
  const endpoint = useEndpoint();
  const centre = useQuery({
    queryKey: ["entry", endpoint, id],
    queryFn: ({ signal }) => fetchEntry(endpoint, id ?? "", signal),
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const entry = (id !== null && centre.data?.entry) || null;
  const newer = useSide(entry, "asc");
  const older = useSide(entry, "desc");
  return useMemo(() => {
    const list: ListRow[] = [];
    if (entry && !newer.loading && !older.loading) {
      if (newer.more) list.push({ kind: "more", id: "newer", text: "Show newer entries", act: newer.more });
      list.push(...newer.rows.toReversed(), rowOf(entry), ...older.rows);
      if (older.more) list.push({ kind: "more", id: "older", text: "Show older entries", act: older.more });
      if (order === "asc") list.reverse();
    }
    return {
      list: id,
      count: list.length,
      fixed: false,
      others: othersOf(list),
      at: (index) => list[index],
      loaded: () => list.entries(),
      indexOf: (wanted) => list.findIndex((row) => row.id === wanted),
      want: () => {},
      loading: id !== null && (centre.isPending || newer.loading || older.loading),
      error: centre.error ?? newer.error ?? older.error,
      retry: () => {
        if (centre.error) centre.refetch();
        newer.retry();
        older.retry();
      },
      total: null,
      marked: id,
      entry,
    };
  }, [id, entry, order, newer, older, centre.isPending, centre.error, centre.refetch]);
}

function useSide(entry: LogEntry | null, order: "asc" | "desc") {
  const endpoint = useEndpoint();
  const query = useInfiniteQuery({
    queryKey: ["around", endpoint, entry?.id, order],
    queryFn: ({ pageParam, signal }) => {
      const { app_key = "", app_id = "", timestamp = "" } = entry ?? {};
      const bound = order === "asc" ? "date_from" : "date_to";
      const params = { app_key, app_id, order, [bound]: timestamp, limit: String(PAGE), total: "false" };
      return fetchPage(endpoint, { ...params, ...pageParam }, signal);
    },
    initialPageParam: {} as Params,
    getNextPageParam: (last) => (last.next ? { cursor: last.next } : undefined),
    enabled: entry !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return useMemo(() => {
    const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
    // Of the same moment, the side after has the greater ids and the side before the smaller.
    const isOfSide = (row: EntryRow) => {
      if (!entry || entryOf(row).timestamp !== entry.timestamp) return true;
      return order === "asc" ? row.id > entry.id : row.id < entry.id;
    };
    return {
      rows: rows.filter(isOfSide),
      loading: query.isPending,
      error: query.error,
      retry: () => {
        if (query.error) query.refetch();
      },
      more: query.hasNextPage ? () => query.fetchNextPage() : undefined,
    };
  }, [entry, order, query.data, query.isPending, query.error, query.hasNextPage, query.refetch, query.fetchNextPage]);
}
