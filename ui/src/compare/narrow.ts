// The filters of the entries that a change is about: pure.
import type { ValueCount } from "../api/responses";
import { withTerm } from "../query/terms";
import { type Filtered, only } from "../url/narrow";
import type { Change, Counts } from "./changes";
import type { Sides, Totals } from "./sides";

/** Filters with one more, by which a value, or a pattern, is looked at alone. */
export type Narrow = (filtered: Filtered) => Filtered;

/** What every list of changes is given. */
export interface Listed {
  sides: Sides;
  totals: Totals;
  onChoose: (change: Change, narrow: Narrow) => void;
}

export const byField =
  (field: string, value: string): Narrow =>
  (filtered) =>
    only(filtered, field, value);

/** By the query that finds a pattern. */
export function byQuery(found: string): Narrow {
  return ({ q, filters }) => ({ filters, q: withTerm(q, found) });
}

/** The counts of an answer that lists `most` values at most, the most frequent first. */
export function countsOf(values: readonly ValueCount[], most: number): Counts {
  const last = values.at(-1);
  return {
    counts: new Map(values.map(({ value, count }) => [value, count])),
    rest: last && values.length >= most ? last.count : 0,
  };
}
