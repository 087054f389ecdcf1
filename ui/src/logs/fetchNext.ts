// The entry after or before another, or the first or last of all, among those that match: the server's answer.
import { fetchPage } from "../api/entries";
import type { Endpoint } from "../api/request";
import type { LogEntry } from "../entries/entry";
import { entryOf } from "../entries/row";
import type { Params } from "../url/question";

export type Direction = "older" | "newer";

/** Entries of the same moment as `from` that are passed over in one request. */
const SAME_MOMENT = 50;

/** The next one that way; without `from`, the newest for "older" and the oldest for "newer". */
export async function fetchNext(
  endpoint: Endpoint,
  params: Params,
  direction: Direction,
  from: LogEntry | null,
): Promise<LogEntry | undefined> {
  const isOlder = direction === "older";
  const bound = from && { [isOlder ? "date_to" : "date_from"]: from.timestamp };
  const limit = String(from === null ? 1 : SAME_MOMENT);
  const asked = { ...params, ...bound, order: isOlder ? "desc" : "asc", limit, total: "false" };
  const isBeyond = (entry: LogEntry) =>
    entry.timestamp !== from?.timestamp || (isOlder ? entry.id < from.id : entry.id > from.id);
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await fetchPage(endpoint, cursor ? { ...asked, cursor } : asked);
    const found = page.rows.map(entryOf).find(isBeyond);
    if (found) return found;
    cursor = page.next;
  }
  return undefined;
}
