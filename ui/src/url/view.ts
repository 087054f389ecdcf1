// The state of the screen, and its form in the address: pure, both ways. What stands at its default is left out, so that
// addresses are short and two screens that look alike have the same one. No key is ever part of it.
import { chosenFilters, type Filters, readFilters } from "./filters";
import { among, DEFAULT_LOOK, type Look, readLook, writeLook } from "./look";
import { isLast, type Range } from "./range";
import { readTable, type Table, writeTable } from "./table";

export const PAGES = ["logs", "views", "dashboards", "dashboard", "alerts", "clients", "retention"] as const;
export type PageName = (typeof PAGES)[number];
export const PAGE_TITLES: Record<PageName, string> = {
  logs: "Logs",
  views: "Views",
  dashboards: "Dashboards",
  dashboard: "Dashboard",
  alerts: "Alerts",
  clients: "Clients",
  retention: "Retention",
};

export type Order = "desc" | "asc";

export interface View extends Look {
  page: PageName;
  q: string;
  filters: Filters;
  range: Range;
  live: boolean;
  /** Whether the newest or the oldest come first. */
  order: Order;
  /** The opened entry's id. */
  entry: string | null;
  /** The id of the entry whose surroundings are shown. */
  around: string | null;
  /** Whether the statistics drawer is open. */
  statistics: boolean;
  /** How rows are laid out; null: as this browser remembers. */
  table: Table | null;
  /** Words, and expressions between slashes, that have colours. */
  highlights: readonly string[];
  /** The ids of the entries that stay in view. */
  marks: readonly string[];
}

/** As many as there are colours. */
export const MOST_HIGHLIGHTS = 6;
const MOST_MARKS = 20;
const LONGEST = 200;

export const DEFAULT_VIEW: View = {
  page: "logs",
  q: "",
  filters: {},
  range: { last: "1h" },
  live: true,
  order: "desc",
  entry: null,
  around: null,
  statistics: false,
  table: null,
  ...DEFAULT_LOOK,
  highlights: [],
  marks: [],
};

export function parseView(search: string): View {
  const given = new URLSearchParams(search);
  const named = given.get("page");
  const page = named === "applications" ? "clients" : named; // as links of before name it
  const last = given.get("last");
  const from = given.get("from") ?? "";
  const to = given.get("to") ?? "";
  const range: Range = from || to ? { from, to } : { last: isLast(last) ? last : "1h" };
  return {
    page: among(PAGES, page) ? page : "logs",
    q: given.get("q") ?? "",
    filters: readFilters(given),
    range,
    live: given.get("live") !== "0" && !("from" in range) && given.get("order") !== "asc",
    order: given.get("order") === "asc" ? "asc" : "desc",
    entry: given.get("entry") || null,
    around: given.get("around") || null,
    statistics: given.get("panel") === "statistics",
    table: readTable(given),
    ...readLook(given),
    highlights: several(given, "highlight").slice(0, MOST_HIGHLIGHTS),
    marks: several(given, "mark").slice(-MOST_MARKS),
  };
}

const several = (given: URLSearchParams, name: string): string[] =>
  [...new Set(given.getAll(name))].filter((text) => text !== "" && text.length <= LONGEST);

/** With an entry marked, or no longer; where there are too many, the first one goes. */
export const withToggledMark = (marks: readonly string[], id: string): readonly string[] =>
  marks.includes(id) ? marks.filter((one) => one !== id) : [...marks, id].slice(-MOST_MARKS);

/** The query string, with its question mark; empty for the default view. */
export function formatView(view: View): string {
  const made = new URLSearchParams();
  if (view.page !== "logs") made.set("page", view.page);
  if (view.q) made.set("q", view.q);
  for (const [name, value] of chosenFilters(view.filters)) made.set(name, value);
  if ("last" in view.range) {
    if (view.range.last !== "1h") made.set("last", view.range.last);
    if (!view.live && view.order === "desc") made.set("live", "0");
  } else {
    if (view.range.from) made.set("from", view.range.from);
    if (view.range.to) made.set("to", view.range.to);
  }
  if (view.order === "asc") made.set("order", "asc");
  if (view.around) made.set("around", view.around);
  if (view.entry) made.set("entry", view.entry);
  if (view.statistics) made.set("panel", "statistics");
  if (view.table) writeTable(view.table, made);
  writeLook(view, made);
  for (const text of view.highlights) made.append("highlight", text);
  for (const id of view.marks) made.append("mark", id);
  const text = made.toString();
  return text ? `?${text}` : "";
}

/** A change of the view. An absolute range and the oldest first end live, and going live ends those. */
export function changeView(view: View, change: Partial<View>): View {
  const next = { ...view, ...change };
  if ("from" in next.range && !next.range.from && !next.range.to) next.range = { last: "all" };
  if ("from" in next.range && next.live) {
    if (change.live && !change.range) next.range = { last: "1h" };
    else next.live = false;
  }
  if (next.order === "asc" && next.live) {
    if (change.live && !change.order) next.order = "desc";
    else next.live = false;
  }
  return next;
}
