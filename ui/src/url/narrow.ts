// Filters by which a value is looked at alone, or left out: pure.
import { term, withoutExclusions, withTerm } from "../query/terms";
import { type FilterName, isFilter, withoutValue, withValues } from "./filters";
import type { View } from "./view";

export type Filtered = Pick<View, "q" | "filters">;

/** Only what has this value in a field: of an entry, or `context.…`. What was left out of the field no longer is. */
export function only({ q, filters }: Filtered, field: string, value: string): Filtered {
  // A user agent is filtered by a part of it, but the whole is meant.
  if (isFilter(field) && field !== "user_agent")
    return { filters: withValues(filters, field, [value]), q: withoutExclusions(q, field) };
  return { filters, q: withTerm(q, term(field, value)) };
}

/** Nothing that has this value in a field. */
export function without({ q, filters }: Filtered, field: string, value: string): Filtered {
  return {
    filters: isFilter(field) ? withoutValue(filters, field, value) : filters,
    q: withTerm(q, term(field, value, true)),
  };
}

/** All entries that have this value, of any time, one by one: whatever was looked at, and in which way. */
export function entriesWith(name: FilterName, value: string) {
  return {
    q: "",
    filters: withValues({}, name, [value]),
    range: { last: "all" },
    show: "entries",
    entry: null,
    around: null,
  } satisfies Partial<View>;
}
