// What can be written at the caret: pure. Values that are stored come from the server; here is decided which are wanted.
import { LEVELS } from "../entries/entry";
import { quoted } from "./terms";
import { tokens } from "./tokens";

export const FIELDS: readonly { name: string; hint: string }[] = [
  { name: "level", hint: "error · error,critical · >=warning" },
  { name: "app_key", hint: "application · one,another" },
  { name: "app_id", hint: "environment · one,another" },
  { name: "category", hint: "substring" },
  { name: "message", hint: "substring" },
  { name: "trace_id", hint: "exact match" },
  { name: "batch_id", hint: "exact match" },
  { name: "user_agent", hint: "substring" },
  { name: "timestamp", hint: ">2026-01-31 · <=2026-01-31T14:00" },
  { name: "id", hint: "exact match" },
  { name: "any", hint: "substring of message or context" },
];
const LISTS = new Set(["level", "app_key", "app_id", "trace_id", "batch_id"]);
const STORED = new Set(["app_key", "app_id", "category", "user_agent"]);

export interface Suggestion {
  text: string;
  hint: string;
  count?: number;
}

export interface Completion {
  /** What is being written: the name of a field (or a word), or a field's value. */
  kind: "name" | "value";
  field: string;
  prefix: string;
  /** The part of the query that a suggestion replaces. */
  from: number;
  to: number;
  /** Whether another value stands before it. */
  listed: boolean;
  /** Whether the server knows values with counts. */
  stored: boolean;
}

/** What the caret stands in; null where nothing can be completed, as within a phrase. */
export function completionAt(query: string, caret: number): Completion | null {
  const token = tokens(query).find((one) => one.from < caret && caret <= one.to);
  if (!token || token.kind === "space" || token.kind === "bracket" || token.kind === "minus") {
    return { kind: "name", field: "", prefix: "", from: caret, to: caret, listed: false, stored: false };
  }
  if (token.kind === "field" && caret >= token.valueFrom) {
    const before = LISTS.has(token.field) ? lastItem(query.slice(token.valueFrom, caret)) : 0;
    const from = token.valueFrom + before;
    return {
      kind: "value",
      field: token.field,
      prefix: query.slice(from, caret),
      from,
      to: token.to,
      listed: before > 0,
      stored: STORED.has(token.field),
    };
  }
  if (token.kind === "phrase" || token.kind === "regex") return null;
  const to = token.kind === "field" ? token.valueFrom : token.to;
  return {
    kind: "name",
    field: "",
    prefix: query.slice(token.from, caret),
    from: token.from,
    to,
    listed: false,
    stored: false,
  };
}

/** Where the last of several values begins. */
function lastItem(values: string): number {
  const items = [...values.matchAll(/"(?:\\.|[^"\\])*"?|(?<!\\),/g)].filter(([text]) => text === ",");
  return (items.at(-1)?.index ?? -1) + 1;
}

/** Suggestions for fields; `paths` are those seen in the contexts of entries, such as `user.id`. */
export function suggestNames(prefix: string, paths: Iterable<string>): Suggestion[] {
  const wanted = prefix.toLowerCase();
  const names = FIELDS.map(({ name, hint }) => ({ text: `${name}:`, hint }));
  const contexts = [...paths].sort().map((path) => ({ text: `context.${path}:`, hint: "context field" }));
  const suggestions = [...names, ...contexts].filter((one) => one.text.toLowerCase().startsWith(wanted));
  if (wanted) {
    const operators = ["AND", "OR", "NOT"].filter((one) => one.startsWith(prefix) && one !== prefix);
    suggestions.push(...operators.map((text) => ({ text: `${text} `, hint: "operator" })));
  }
  return suggestions.slice(0, 12);
}

export function suggestLevels(prefix: string, listed = false): Suggestion[] {
  const sign = /^(?:>=|<=|>|<)?/.exec(prefix)?.[0] ?? "";
  const levels = LEVELS.filter((level) => level.startsWith(prefix.slice(sign.length).toLowerCase()));
  const exact = levels.map((level) => ({ text: `${sign}${level}`, hint: "" }));
  if (sign || listed) return exact;
  return [...exact, ...levels.slice(1).map((level) => ({ text: `>=${level}`, hint: "or more severe" }))];
}

export function suggestValues(values: readonly { value: string; count: number }[]): Suggestion[] {
  return values.map(({ value, count }) => ({ text: quoted(value), hint: "", count }));
}

/** The query after a suggestion was taken, and where the caret goes. */
export function complete(query: string, at: Completion, suggestion: Suggestion): { query: string; caret: number } {
  const ends = at.kind === "value" && at.to >= query.length ? " " : "";
  const text = suggestion.text + ends;
  return { query: query.slice(0, at.from) + text + query.slice(at.to), caret: at.from + text.length };
}

/** The paths of the values in a context, lists by their positions left out. */
export function pathsOf(context: unknown, prefix = "", depth = 0): string[] {
  if (typeof context !== "object" || context === null || Array.isArray(context) || depth > 4) return [];
  return Object.entries(context).flatMap(([key, value]) => {
    if (!key || /[\s:()".]/.test(key)) return [];
    const nested = pathsOf(value, `${prefix}${key}.`, depth + 1);
    return nested.length > 0 ? nested : [prefix + key];
  });
}
