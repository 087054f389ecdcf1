// Where a text stands in the rows that are loaded, which the browser's own search can't see: pure.
import { entryOf } from "../entries/row";
import type { RowSource } from "../list/rowSource";

/** The indexes of the rows whose message or context has it, in upper or lower case, ascending. */
export function findLoaded(rows: Pick<RowSource, "loaded">, text: string): number[] {
  const wanted = text.toLowerCase();
  if (wanted === "") return [];
  const found: number[] = [];
  for (const [index, row] of rows.loaded()) {
    if (row.kind !== "entry") continue;
    const { message, context } = entryOf(row);
    const isIn = message.toLowerCase().includes(wanted);
    if (isIn || (context !== null && JSON.stringify(context).toLowerCase().includes(wanted))) found.push(index);
  }
  return found.sort((a, b) => a - b);
}

/** The place in the list of what was found that comes after (or before) a row, from the other end again behind the last. */
export function nextOf(found: readonly number[], from: number, backwards: boolean): number {
  const at = backwards ? found.findLastIndex((index) => index < from) : found.findIndex((index) => index > from);
  if (at >= 0) return at;
  return backwards ? found.length - 1 : Math.min(0, found.length - 1);
}
