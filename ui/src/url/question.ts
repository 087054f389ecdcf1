// What a page of logs asks the server, and how the API is asked for it: pure.
import { chosenFilters, valuesOf } from "./filters";
import { startOf } from "./range";
import type { Order, View } from "./view";

type Asked = Pick<View, "q" | "filters" | "range">;

export interface Question extends Asked {
  /** Entries as they arrive, a search of what is stored, or what surrounds one entry. */
  kind: "live" | "search" | "around";
  /** The id of the entry whose surroundings are asked for. */
  around: string | null;
  order: Order;
  /** When it was asked, in ms since 1970: a search ends here, so that its pages fit together while entries arrive. */
  at: number;
}

/** Filters and more, as the query string of a request carries them; a list stands for any of its texts. */
export type Params = Record<string, string | string[]>;

export function searchParams(params: Params): URLSearchParams {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) for (const text of [value].flat()) made.append(name, text);
  return made;
}

export function questionOf(view: View, at: number): Question {
  const { q, filters, range, around, order } = view;
  const listKind = view.live ? "live" : "search";
  return { kind: around === null ? listKind : "around", q, filters, range, around, order, at };
}

/** The filters alone, as live entries are filtered: without times. */
export function filterOf({ q, filters }: Pick<Asked, "q" | "filters">): Params {
  const params: Params = {};
  if (q.trim()) params.q = q;
  for (const [name, value] of chosenFilters(filters)) params[name] = value;
  // The API knows several exact values separated by commas; a part of a category may have a comma.
  const [category, ...more] = valuesOf(filters, "category");
  if (category) params.category = more.length > 0 ? [category, ...more] : category;
  return params;
}

/** With the range, which reaches back from `now` and, where it counts from now, has no end. */
export function openParams(asked: Asked, now: number): Params {
  const params = filterOf(asked);
  const { range } = asked;
  if ("from" in range) {
    if (range.from) params.date_from = range.from;
    if (range.to) params.date_to = range.to;
    return params;
  }
  const from = startOf(range.last, now);
  if (from) params.date_from = from;
  return params;
}

/** With the range, which ends when the question was asked. */
export function paramsOf(question: Asked & Pick<Question, "at">): Params {
  const params = openParams(question, question.at);
  if ("last" in question.range) params.date_to = new Date(question.at).toISOString();
  return params;
}

/** With the order, as a list is asked for. */
export function listParams(question: Asked & Pick<Question, "at" | "order">): Params {
  const params = paramsOf(question);
  return question.order === "asc" ? { ...params, order: "asc" } : params;
}

/** The trace that is looked at, where it is only one. */
export function traceOf({ filters }: Pick<Asked, "filters">): string | null {
  const [trace, ...others] = valuesOf(filters, "trace_id");
  return trace !== undefined && others.length === 0 ? trace : null;
}
