// Huge entries are cut as soon as they arrive, so that a list of them costs no more than a list of small ones.
// The whole entry is fetched when its details ask for it.
import type { LogEntry } from "./entry";

export const MESSAGE_KEPT = 4096;
const CONTEXT_KEPT = 32_768;

export interface Kept {
  entry: LogEntry;
  /** Characters of the message before it was cut; null when the entry is whole. */
  cutFrom: number | null;
}

/** `size`: the entry's characters as JSON, when known; small ones need no look at the context. */
export function slim(entry: LogEntry, size?: number): Kept {
  if (size !== undefined && size <= MESSAGE_KEPT) return { entry, cutFrom: null };
  const long = entry.message.length > MESSAGE_KEPT;
  const heavy = entry.context !== null && JSON.stringify(entry.context).length > CONTEXT_KEPT;
  if (!long && !heavy) return { entry, cutFrom: null };
  const message = long ? detached(entry.message.slice(0, MESSAGE_KEPT)) : entry.message;
  const context = heavy ? null : entry.context;
  return { entry: { ...entry, message, context }, cutFrom: entry.message.length };
}

/** A part of a text keeps the whole of it in memory, until it is made anew. */
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
