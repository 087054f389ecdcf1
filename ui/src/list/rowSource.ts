// What the list shows, wherever it comes from: live entries, a search, or the surroundings of an entry.
import type { Row } from "../entries/row";

export interface MoreRow {
  kind: "more";
  id: string;
  text: string;
  /** Absent while it is loading by itself. */
  act?: (() => void) | undefined;
}

export type ListRow = Row | MoreRow;

export interface RowSource {
  /** Another value for another list. */
  list: unknown;
  count: number;
  /** Whether each row keeps its index: nothing is ever put above one. */
  fixed: boolean;
  /** The indexes of rows that are no entries, ascending. */
  others: readonly number[];
  /** Undefined while it is being fetched. */
  at(index: number): ListRow | undefined;
  /** The index of a row that is loaded, or -1. */
  indexOf(id: string): number;
  /** All rows that are loaded, in any order. */
  loaded(): Iterable<[index: number, row: ListRow]>;
  /** Tells which rows are on screen. */
  want(from: number, to: number): void;
  loading: boolean;
  error: unknown;
  retry(): void;
  /** How many match in all; null when nobody knows. */
  total: number | null;
  /** The row to be marked. */
  marked: string | null;
}

export function othersOf(list: readonly ListRow[]): number[] {
  return list.flatMap((row, index) => (row.kind === "entry" ? [] : [index]));
}

/** What a row is known by when others are put above it. */
export function keyOf(rows: RowSource, index: number): string | number {
  return rows.fixed ? index : (rows.at(index)?.id ?? index);
}
