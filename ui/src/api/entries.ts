// Entries asked for one by one or as a page, as rows for the list.
import type { LogEntry } from "../entries/entry";
import { parseExactly } from "../entries/lossless";
import { type EntryRow, rowOf } from "../entries/row";
import type { Params } from "../url/question";
import { type Endpoint, request, send } from "./request";
import type { Page } from "./responses";

export interface RowPage {
  rows: EntryRow[];
  total: number | null;
  next: string | null;
}

export async function fetchPage(endpoint: Endpoint, params: Params, signal?: AbortSignal): Promise<RowPage> {
  const page = await request<Page>(endpoint, "/api/logs", { params, signal });
  return { rows: page.entries.map(rowOf), total: page.total ?? null, next: page.next_cursor ?? null };
}

/** The entry and its JSON as the server has it. */
export async function fetchEntry(
  endpoint: Endpoint,
  id: string,
  signal?: AbortSignal,
): Promise<{ entry: LogEntry; json: string }> {
  const response = await send(endpoint, `/api/logs/${encodeURIComponent(id)}`, { signal });
  const json = await response.text();
  return { entry: parseExactly(json) as LogEntry, json };
}

/** The oldest and the newest entry that match; null where none does. */
export async function fetchEnds(endpoint: Endpoint, params: Params): Promise<[LogEntry, LogEntry] | null> {
  const one = { ...params, limit: "1", total: "false" };
  const [oldest, newest] = await Promise.all(
    ["asc", "desc"].map((order) => request<Page>(endpoint, "/api/logs", { params: { ...one, order } })),
  );
  const [first, last] = [oldest?.entries[0], newest?.entries[0]];
  return first && last ? [first, last] : null;
}

/** How many entries that match stand before this one in the order that is asked for, give or take those of its moment. */
export async function fetchIndex(
  endpoint: Endpoint,
  entry: LogEntry,
  params: Params,
  signal?: AbortSignal,
): Promise<number> {
  const bound = params.order === "asc" ? "date_to" : "date_from";
  const given = String(params[bound] ?? entry.timestamp);
  const isBeyond = bound === "date_to" ? given < entry.timestamp : given > entry.timestamp;
  const page = await request<Page>(endpoint, "/api/logs", {
    params: { ...params, [bound]: isBeyond ? given : entry.timestamp, limit: "1" },
    signal,
  });
  return Math.max(0, (page.total ?? 1) - 1);
}
