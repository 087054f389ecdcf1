// What the page and its worker say to each other, and the rows that come out. An entry's row keeps the JSON as it came
// and is parsed when somebody looks at it: at 10,000 entries/s nearly nobody does.
import { parseExactly } from "../api/lossless";
import { MESSAGE_KEPT, slim } from "../api/slim";
import type { Level, LogEntry, Params } from "../api/types";

export interface EntryRow {
  kind: "entry";
  id: string;
  level: Level;
  /** The entry, or its JSON until somebody looks at it. */
  source: LogEntry | string;
  /** Characters of the message where the row has only a part of it. */
  cutFrom: number | null;
}

export interface GapRow {
  kind: "gap";
  /** Made of the place, so that it is the same gap after a part of it was loaded. */
  id: string;
  dropped: number;
  after: string | null;
  before: string | null;
}

export type Row = EntryRow | GapRow;

export function entryOf(row: EntryRow): LogEntry {
  if (typeof row.source === "string") row.source = parseExactly(row.source) as LogEntry;
  return row.source;
}

export function rowOf(entry: LogEntry): EntryRow {
  const kept = slim(entry);
  return { kind: "entry", id: entry.id, level: entry.level, source: kept.entry, cutFrom: kept.cutFrom };
}

const START = '{"id":"';
const LEVEL = /"level":"(debug|info|notice|warning|error|critical)"/;

/** A row from an entry's JSON. The server's key order makes it cheap; any other order is parsed. */
export function rowFrom(json: string): EntryRow {
  const level = LEVEL.exec(json)?.[1] as Level | undefined;
  if (json.length > MESSAGE_KEPT || !level || !json.startsWith(START)) {
    const entry = parseExactly(json) as LogEntry;
    const kept = slim(entry, json.length);
    return { kind: "entry", id: entry.id, level: entry.level, source: kept.entry, cutFrom: kept.cutFrom };
  }
  return {
    kind: "entry",
    id: json.slice(START.length, json.indexOf('"', START.length)),
    level,
    source: json,
    cutFrom: null,
  };
}

export function gapRow(dropped: number, after: string | null, before: string | null): GapRow {
  return { kind: "gap", id: `gap-${before ?? after ?? ""}`, dropped, after, before };
}

export interface Target {
  wsUrl: string;
  apiUrl: string;
  key: string;
  /** Whether the server has the event stream, and filters what it sends. */
  complete: boolean;
}

export type ToWorker =
  | { type: "start"; target: Target; filter: Params; epoch: number }
  | { type: "filter"; filter: Params; epoch: number }
  | { type: "seen"; id: string }
  | { type: "ready" }
  | { type: "retry" }
  | { type: "stop" }
  | { type: "load"; gap: GapRow; filter: Params };

export interface Status {
  phase: "closed" | "connecting" | "open" | "waiting" | "rejected";
  transport: "ws" | "sse";
  /** Why it is not open. */
  reason: string | null;
  /** When it tries again, in ms since 1970. */
  retryAt: number | null;
  viewers: number | null;
  /** The newest filter that holds for what arrives. */
  epoch: number;
  /** Counts up with every connection that begins without knowing where the last one ended. */
  starts: number;
}

export interface Batch {
  type: "rows";
  epoch: number;
  /** Oldest first. */
  rows: Row[];
  /** Since the page was opened. */
  counts: Record<Level, number>;
}

export type FromWorker =
  | { type: "status"; status: Status }
  | Batch
  | { type: "loaded"; gap: GapRow; rows: Row[] | null };
