// Views, dashboards and alerts as the server keeps them: their queries are filters of its API. Pure, both ways.
import type { components } from "../api/schema";
import { quoted, term, withTerm } from "../query/terms";
import { chosenFilters, type Filters, isFilter, valuesOf, withFilter, withValues } from "./filters";
import { filterOf } from "./question";
import { isLast, type Range } from "./range";
import { type Column, DEFAULT_TABLE, isColumn } from "./table";
import { DEFAULT_VIEW, formatView, type View } from "./view";

export type KeptView = components["schemas"]["KeptView"] & components["schemas"]["View"];
export type KeptDashboard = components["schemas"]["KeptDashboard"] & components["schemas"]["Dashboard"];
export type Query = KeptView["query"];
type Asked = Pick<View, "q" | "filters">;

function anyTerm(field: string, values: readonly string[]): string {
  const terms = values.map((value) => term(field, value));
  return terms.length === 1 ? terms.join() : `(${terms.join(" OR ")})`;
}

/** What the page has no filter for becomes part of the search text. */
export function askedOf(query: Query): Asked {
  let filters: Filters = {};
  let q = String(query.q ?? "");
  for (const [name, given] of Object.entries(query)) {
    const values = [given].flat().map(String);
    if (name === "category") filters = withValues(filters, name, values);
    else if (isFilter(name) && values.length === 1) filters = withFilter(filters, name, values.join());
    else if (name === "min_level") q = withTerm(q, `level:>=${quoted(String(given))}`);
    else if (name !== "q") q = withTerm(q, anyTerm(name === "search" ? "message" : name, values));
  }
  return { q, filters };
}

/** A query in the search language alone; empty: everything. */
export function queryText(query: Query): string {
  const { q, filters } = askedOf(query);
  return chosenFilters(filters).reduce((text, [name]) => {
    return withTerm(text, `${name}:${valuesOf(filters, name).map(quoted).join(",")}`);
  }, q.trim());
}

/** What a view keeps of the screen. */
export type Kept = Pick<KeptView, "query" | "range" | "columns">;

/** The screen that a view asks for. */
export function viewOfKept(kept: Kept): View {
  const range = rangeOf(kept);
  const columns = kept.columns && columnsOf(kept.columns);
  const table = columns?.length ? { ...DEFAULT_TABLE, columns } : null;
  return { ...DEFAULT_VIEW, ...askedOf(kept.query), range, live: "last" in range, table };
}

export function keptOf(view: View): Kept {
  const { range, table } = view;
  const query = filterOf(view);
  const columns = table?.columns ? { columns: fieldsOf(table.columns) } : {};
  if ("last" in range) return { query, range: range.last, ...columns };
  const bounds = Object.entries(range).filter(([, moment]) => moment !== "");
  return { query, range: Object.fromEntries(bounds), ...columns };
}

/** The query string of the page for what a view keeps. */
export const searchOf = (kept: Kept): string => formatView(viewOfKept(kept));

/** Whether a view would keep the same of both. */
export const isKeptAlike = (one: View, other: View): boolean =>
  JSON.stringify(keptOf(one)) === JSON.stringify(keptOf(other));

/** Columns of the page that show a field under another name. */
const FIELDS: Record<string, readonly Field[]> = {
  time: ["timestamp"],
  app: ["app_key", "app_id"],
  trace: ["trace_id"],
};
type Field = NonNullable<KeptView["columns"]>[number];

const fieldsOf = (columns: readonly Column[]): Field[] =>
  columns.flatMap(({ name }) => FIELDS[name] ?? [name as Field]);

/** What the page has no column for is left out. */
function columnsOf(fields: readonly string[]): readonly Column[] {
  const names: string[] = [];
  for (let at = 0; at < fields.length; at++) {
    const named = Object.entries(FIELDS).find(([, own]) => own.every((field, step) => field === fields[at + step]));
    names.push(named?.[0] ?? fields[at] ?? "");
    if (named) at += named[1].length - 1;
  }
  return [...new Set(names)].filter(isColumn).map((name) => ({ name, width: null }));
}

function rangeOf({ query, range }: Kept): Range {
  if (query.date_from || query.date_to) {
    return { from: String(query.date_from ?? ""), to: String(query.date_to ?? "") };
  }
  if (typeof range === "object") return { from: range.from ?? "", to: range.to ?? "" };
  return range !== undefined && isLast(range) ? { last: range } : DEFAULT_VIEW.range;
}
