// The rows of a list: entries, and gaps where entries were skipped. An entry's row keeps the JSON as it came and is parsed
// when somebody looks at it: at 10,000 entries/s nearly nobody does.
import type { Level, LogEntry } from "./entry";
import { parseExactly } from "./lossless";
import { MESSAGE_KEPT, slim } from "./slim";

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
  /** Made of where it ends, so that it is the same gap after a part of it was loaded. */
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
export function rowOfJson(json: string): EntryRow {
  const level = LEVEL.exec(json)?.[1] as Level | undefined;
  if (json.length <= MESSAGE_KEPT && level && json.startsWith(START)) {
    const id = json.slice(START.length, json.indexOf('"', START.length));
    return { kind: "entry", id, level, source: json, cutFrom: null };
  }
  const { entry, cutFrom } = slim(parseExactly(json) as LogEntry, json.length);
  // As JSON: on the way from the worker to the page an exact number would lose its class, and so its text.
  const source = cutFrom === null ? json : JSON.stringify(entry);
  return { kind: "entry", id: entry.id, level: entry.level, source, cutFrom };
}

export function gapRow(dropped: number, after: string | null, before: string | null): GapRow {
  return { kind: "gap", id: `gap-${before ?? after ?? ""}`, dropped, after, before };
}

/** How many entries a row stands for. */
export const entriesIn = (row: Row): number => (row.kind === "gap" ? row.dropped : 1);

/** Where a row begins: its entry, or the entry after which its gap begins. */
export const oldestId = (row: Row): string | null => (row.kind === "gap" ? row.after : row.id);

/** Where a row ends: its entry, or the entry before which its gap ends. */
export const newestId = (row: Row): string | null => (row.kind === "gap" ? row.before : row.id);
