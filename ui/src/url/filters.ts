// The filters that stand in the address, each under its name in the API: pure. One of a facet names any number of values.
import { LEVELS } from "../entries/entry";

const FILTERS = ["level", "app_key", "app_id", "category", "trace_id", "batch_id", "search", "user_agent"] as const;
export type FilterName = (typeof FILTERS)[number];
const FACETS = ["level", "app_key", "app_id", "category"] as const satisfies readonly FilterName[];
export type FacetName = (typeof FACETS)[number];
const LISTS: ReadonlySet<FilterName> = new Set([...FACETS, "trace_id", "batch_id"]);
export type Filters = Partial<Record<FilterName, string>>;

export const isFilter = (name: string): name is FilterName => (FILTERS as readonly string[]).includes(name);

export function chosenFilters(filters: Filters): [name: FilterName, value: string][] {
  return FILTERS.flatMap((name) => (filters[name] ? [[name, filters[name]] as [FilterName, string]] : []));
}

export function readFilters(given: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of FILTERS) {
    const value = given.get(name);
    if (value) filters[name] = value;
  }
  return filters;
}

/** An empty value lifts the filter. */
export function withFilter(filters: Filters, name: FilterName, value: string): Filters {
  const { [name]: _, ...others } = filters;
  return value ? { ...others, [name]: value } : others;
}

/** What a filter asks for: any of its values, or the one text that it is. */
export function valuesOf(filters: Filters, name: FilterName): string[] {
  const filter = filters[name] ?? "";
  return LISTS.has(name) ? exactValues(filter) : [filter].filter(Boolean);
}

/** With these values and no others. */
export function withValues(filters: Filters, name: FilterName, values: readonly string[]): Filters {
  const sorted = name === "level" ? LEVELS.filter((level) => values.includes(level)) : values;
  return withFilter(filters, name, LISTS.has(name) ? sorted.map(exactValue).join(",") : (sorted[0] ?? ""));
}

/** With a value chosen, or no longer; beside the others where the server can filter by several. */
export function withToggled(filters: Filters, name: FilterName, value: string, several = true): Filters {
  const chosen = valuesOf(filters, name);
  if (chosen.includes(value)) return withoutValue(filters, name, value);
  return withValues(filters, name, several ? [...chosen, value] : [value]);
}

export function withoutValue(filters: Filters, name: FilterName, value: string): Filters {
  return withValues(
    filters,
    name,
    valuesOf(filters, name).filter((one) => one !== value),
  );
}

/** One exact value as the API takes it, which knows several separated by commas. */
export const exactValue = (value: string): string => value.replaceAll(",", "\\,");

/** The values that an exact filter names. */
export function exactValues(filter: string): string[] {
  const parts = filter.split(/(?<!\\),/).filter(Boolean);
  return parts.map((part) => part.replaceAll("\\,", ","));
}
