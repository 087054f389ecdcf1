// What the panels of a dashboard are called, ask for, and lead to. Pure.
import type { components } from "../api/schema";
import { sidesOf } from "../compare/sides";
import { splitName } from "../histogram/splits";
import { queryText } from "../url/kept";
import { only } from "../url/narrow";
import { type Params, paramsOf, type Question, questionOf } from "../url/question";
import { rangeBetween } from "../url/range";
import { DEFAULT_VIEW, formatView, type View } from "../url/view";

export type Panel = components["schemas"]["Panel"];
export type Kind = Panel["kind"];
/** What all panels of a dashboard ask for. */
export type Asked = Pick<View, "q" | "filters" | "range">;

export const KINDS: Record<Kind, { name: string; w: number; h: number }> = {
  counts: { name: "Entries over time", w: 6, h: 6 },
  top: { name: "Top values", w: 3, h: 6 },
  levels: { name: "Levels", w: 3, h: 6 },
  number: { name: "Number with its trend", w: 3, h: 3 },
  metric: { name: "Metric over time", w: 6, h: 6 },
};

export const FUNCTIONS = ["avg", "min", "max", "sum", "p50", "p95", "p99"] as const;

/** What a dashboard has that nobody has placed anything on. */
export const FIRST_PANELS: readonly Panel[] = [
  { kind: "number", x: 0, y: 0, w: 3, h: 3 },
  { kind: "number", title: "Errors", query: { level: "error,critical" }, x: 0, y: 3, w: 3, h: 3 },
  { kind: "counts", x: 3, y: 0, w: 9, h: 6 },
  { kind: "counts", split: "app_key", x: 0, y: 6, w: 6, h: 6 },
  { kind: "top", field: "category", x: 6, y: 6, w: 3, h: 6 },
  { kind: "levels", x: 9, y: 6, w: 3, h: 6 },
];

const MOST_VALUES = 20;
const MOST_SERIES = 6;
const TREND = 30;
const BUCKETS_PER_COLUMN = 6;

const TOPS: Readonly<Record<string, string>> = {
  level: "levels",
  app_key: "applications",
  app_id: "environments",
  category: "categories",
  user_agent: "user agents",
};

/** `p95(context.duration)` as people say it. */
export function metricName(metric: string): string {
  const [, name = metric, field = ""] = /^(\w+)\((.*)\)$/.exec(metric) ?? [];
  return field ? `${name} of ${splitName(field)}` : name;
}

export function panelTitle({ kind, title, field = "", split = "level", metric }: Panel): string {
  if (title) return title;
  if (kind === "top") return `Top ${TOPS[field] ?? splitName(field)}`;
  if (kind === "number" || kind === "metric") return metric ? metricName(metric) : "Entries";
  if (kind === "counts" && split !== "level") return `Entries by ${splitName(split).toLowerCase()}`;
  return KINDS[kind].name;
}

/** The filters of the dashboard, and those of the panel beside them. */
export function askedBy(panel: Panel, { q, filters, range }: Asked): Asked {
  const both = [q.trim(), queryText(panel.query ?? {})].filter(Boolean);
  const isLoose = (text: string) => both.length > 1 && text.includes(" OR ");
  return { q: both.map((text) => (isLoose(text) ? `(${text})` : text)).join(" "), filters, range };
}

/** What GET /api/stats is asked beside the filters. */
export function askedOfStats({ kind, w, field, split, metric }: Panel): Params {
  const params: Params = { buckets: "1" };
  if (kind === "counts" || kind === "metric") params.buckets = String(w * BUCKETS_PER_COLUMN);
  if (kind === "number") params.buckets = String(TREND);
  if (kind === "top" && field) Object.assign(params, { split: field, split_limit: String(MOST_VALUES) });
  if (kind !== "top" && split && split !== "level") Object.assign(params, { split, split_limit: String(MOST_SERIES) });
  if (kind === "metric" && split === "level") Object.assign(params, { split, split_limit: String(MOST_SERIES) });
  if (metric) params.metric = metric;
  return params;
}

const questionAt = (asked: Asked, at: number): Question => questionOf({ ...DEFAULT_VIEW, ...asked, live: false }, at);

/** The filters and the time that end at a moment (ms since 1970). */
export const paramsAt = (asked: Asked, at: number): Params => paramsOf(questionAt(asked, at));

/** The same filters for as long a time just before; null where there is none. */
export function paramsBefore(asked: Asked, at: number): Params | null {
  const sides = sidesOf(questionAt(asked, at), { shift: "range" }, at);
  return sides && paramsOf(sides.baseline);
}

/** The query string of the page for the entries behind a panel, or a part of it. */
export function searchBehind(
  asked: Asked,
  part: { field?: string; value?: string; from?: number; to?: number } = {},
): string {
  const { field, value, from, to } = part;
  const narrowed = field !== undefined && value !== undefined ? { ...asked, ...only(asked, field, value) } : asked;
  const range = from === undefined || to === undefined ? asked.range : rangeBetween(from, to);
  return formatView({ ...DEFAULT_VIEW, ...narrowed, range, live: "last" in range });
}
