// The filters that stand in the address, each under its name in the API: pure.
import { LEVELS, type Level } from "../entries/entry";

export const FILTERS = [
  "level",
  "app_key",
  "app_id",
  "category",
  "trace_id",
  "batch_id",
  "search",
  "user_agent",
] as const;
export type FilterName = (typeof FILTERS)[number];
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

export const chosenLevels = (filters: Filters): string[] => (filters.level ?? "").split(",").filter(Boolean);

/** With a level chosen, or no longer; beside the others where the server can filter by several. */
export function withLevelToggled(filters: Filters, level: Level, several: boolean): Filters {
  const chosen = new Set(chosenLevels(filters));
  if (!chosen.delete(level)) {
    if (!several) chosen.clear();
    chosen.add(level);
  }
  return withFilter(filters, "level", LEVELS.filter((one) => chosen.has(one)).join(","));
}

/** One exact value as the API takes it, which knows several separated by commas. */
export const exactValue = (value: string): string => value.replaceAll(",", "\\,");

/** The values that an exact filter names. */
export function exactValues(filter: string): string[] {
  const parts = filter.split(/(?<!\\),/).filter(Boolean);
  return parts.map((part) => part.replaceAll("\\,", ","));
}
