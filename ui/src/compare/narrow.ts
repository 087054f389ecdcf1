// The filters of the entries that a change is about: pure.
import type { ValueCount } from "../api/responses";
import { term, withoutTerm, withTerm } from "../query/terms";
import { isFilter, withValues } from "../url/filters";
import type { View } from "../url/view";
import type { Change, Counts } from "./changes";
import type { Sides, Totals } from "./sides";

type Asked = Pick<View, "q" | "filters">;
/** Filters with one more, by which a value, or a pattern, is looked at alone. */
export type Narrow = (asked: Asked) => Asked;

/** What every list of changes is given. */
export interface Listed {
  sides: Sides;
  totals: Totals;
  onChoose: (change: Change, narrow: Narrow) => void;
}

export function byField(field: string, value: string): Narrow {
  return ({ q, filters }) =>
    isFilter(field)
      ? { filters: withValues(filters, field, [value]), q: withoutTerm(q, term(field, value, true)) }
      : { filters, q: withTerm(q, term(field, value)) };
}

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
