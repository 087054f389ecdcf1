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

/** How many entries that match stand before this one, give or take those of the same moment. */
export async function fetchIndex(
  endpoint: Endpoint,
  entry: LogEntry,
  params: Params,
  signal?: AbortSignal,
): Promise<number> {
  const start = String(params.date_from ?? "");
  const from = start > entry.timestamp ? start : entry.timestamp;
  const page = await request<Page>(endpoint, "/api/logs", {
    params: { ...params, date_from: from, limit: "1" },
    signal,
  });
  return Math.max(0, (page.total ?? 1) - 1);
}
