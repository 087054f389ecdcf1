// The state of the screen, and its form in the address: pure, both ways. What stands at its default is left out, so that
// addresses are short and two screens that look alike have the same one. No key is ever part of it.

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

export const LASTS = ["5m", "15m", "1h", "6h", "24h", "7d", "30d", "all"] as const;
export type Last = (typeof LASTS)[number];
export type Range = { last: Last } | { from: string; to: string };

export const PAGES = ["logs", "applications", "retention"] as const;
export type PageName = (typeof PAGES)[number];

export interface View {
  page: PageName;
  q: string;
  filters: Filters;
  range: Range;
  live: boolean;
  /** The opened entry's id. */
  entry: string | null;
  /** The id of the entry whose surroundings are shown. */
  around: string | null;
  /** Whether the statistics drawer is open. */
  statistics: boolean;
}

export const DEFAULT_VIEW: View = {
  page: "logs",
  q: "",
  filters: {},
  range: { last: "1h" },
  live: true,
  entry: null,
  around: null,
  statistics: false,
};

const among = <T extends string>(list: readonly T[], value: string | null): value is T =>
  value !== null && (list as readonly string[]).includes(value);

export function parseView(search: string): View {
  const given = new URLSearchParams(search);
  const page = given.get("page");
  const last = given.get("last");
  const from = given.get("from") ?? "";
  const to = given.get("to") ?? "";
  const range: Range = from || to ? { from, to } : { last: among(LASTS, last) ? last : "1h" };
  const filters: Filters = {};
  for (const name of FILTERS) {
    const value = given.get(name);
    if (value) filters[name] = value;
  }
  return {
    page: among(PAGES, page) ? page : "logs",
    q: given.get("q") ?? "",
    filters,
    range,
    live: given.get("live") !== "0" && !("from" in range),
    entry: given.get("entry") || null,
    around: given.get("around") || null,
    statistics: given.get("panel") === "statistics",
  };
}

/** The query string, with its question mark; empty for the default view. */
export function formatView(view: View): string {
  const made = new URLSearchParams();
  if (view.page !== "logs") made.set("page", view.page);
  if (view.q) made.set("q", view.q);
  for (const name of FILTERS) {
    const value = view.filters[name];
    if (value) made.set(name, value);
  }
  if ("last" in view.range) {
    if (view.range.last !== "1h") made.set("last", view.range.last);
    if (!view.live) made.set("live", "0");
  } else {
    if (view.range.from) made.set("from", view.range.from);
    if (view.range.to) made.set("to", view.range.to);
  }
  if (view.around) made.set("around", view.around);
  if (view.entry) made.set("entry", view.entry);
  if (view.statistics) made.set("panel", "statistics");
  const text = made.toString();
  return text ? `?${text}` : "";
}

/** A change of the view. An absolute range ends live, going live ends an absolute range. */
export function changeView(view: View, change: Partial<View>): View {
  const next = { ...view, ...change };
  if ("from" in next.range && !next.range.from && !next.range.to) next.range = { last: "all" };
  if ("from" in next.range && next.live) {
    if (change.live && !change.range) next.range = { last: "1h" };
    else next.live = false;
  }
  return next;
}

/** Seconds that a quick range reaches back; null: everything. */
export function secondsOf(last: Last): number | null {
  if (last === "all") return null;
  const unit = { m: 60, h: 3600, d: 86400 }[last.slice(-1) as "m" | "h" | "d"];
  return Number(last.slice(0, -1)) * unit;
}

/** What the API is asked for; `now` in milliseconds is the end of a range that counts from now. */
export function toParams(
  view: Pick<View, "q" | "filters" | "range">,
  now: number,
  fixedEnd = false,
): Record<string, string> {
  const params: Record<string, string> = {};
  if (view.q.trim()) params.q = view.q;
  for (const name of FILTERS) {
    const value = view.filters[name];
    if (value) params[name] = value;
  }
  if ("from" in view.range) {
    if (view.range.from) params.date_from = view.range.from;
    if (view.range.to) params.date_to = view.range.to;
  } else {
    const seconds = secondsOf(view.range.last);
    if (seconds !== null) params.date_from = new Date(now - seconds * 1000).toISOString();
    if (fixedEnd) params.date_to = new Date(now).toISOString();
  }
  return params;
}

/** The filters alone, as live entries are filtered: without times. */
export function toFilter(view: Pick<View, "q" | "filters">): Record<string, string> {
  return toParams({ ...view, range: { last: "all" } }, 0);
}
