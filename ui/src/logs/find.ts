// Where a text stands in the rows that are loaded, which the browser's own search can't see: pure.
import { type EntryRow, entryOf } from "../entries/row";
import type { RowSource } from "../list/rowSource";

type Loaded = Pick<RowSource, "loaded">;

/**
 * Gives the indexes of the rows whose message or context has the text, in upper or lower case, ascending. A live list is
 * another one many times a second: what was read of it is not read again.
 */
export function finderOf(text: string): (rows: Loaded) => number[] {
  const wanted = text.toLowerCase();
  const known = new WeakMap<EntryRow, boolean>();
  const has = (row: EntryRow): boolean => {
    const isKnown = known.get(row);
    if (isKnown !== undefined) return isKnown;
    const { message, context } = entryOf(row);
    const isIn = message.toLowerCase().includes(wanted);
    const found = isIn || (context !== null && JSON.stringify(context).toLowerCase().includes(wanted));
    known.set(row, found);
    return found;
  };
  return (rows) => {
    if (wanted === "") return [];
    const found: number[] = [];
    for (const [index, row] of rows.loaded()) if (row.kind === "entry" && has(row)) found.push(index);
    return found.sort((a, b) => a - b);
  };
}

/** The place in the list of what was found that comes after (or before) a row, from the other end again behind the last. */
export function nextOf(found: readonly number[], from: number, backwards: boolean): number {
  const at = backwards ? found.findLastIndex((index) => index < from) : found.findIndex((index) => index > from);
  if (at >= 0) return at;
  return backwards ? found.length - 1 : Math.min(0, found.length - 1);
}
