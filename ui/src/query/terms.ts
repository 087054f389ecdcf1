// Terms put into a query and taken out again, as the buttons "filter in" and "filter out" do.
import { tokens } from "./tokens";

const PLAIN = /^[^\s()":,<>*/-][^\s()":,*]*$/;

/** A value as the search language takes it literally: quoted where it must be. */
export function quoted(value: string): string {
  return PLAIN.test(value) && value !== "null" ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

export function term(field: string, value: string, excluded = false): string {
  return `${excluded ? "-" : ""}${field}:${quoted(value)}`;
}

/** Whether a context's key can be named in the search language. */
export function isNameable(path: readonly string[]): boolean {
  return path.length > 0 && path.every((key) => key !== "" && !/[\s:()"]|^\.|\.\.|\.$/.test(key));
}

/** The query with the term added; its opposite is removed, and nothing is added twice. */
export function withTerm(query: string, added: string): string {
  const opposite = added.startsWith("-") ? added.slice(1) : `-${added}`;
  const cleared = withoutTerm(query, opposite);
  if (hasTerm(cleared, added)) return cleared;
  const loose = tokens(cleared).some((token, _, all) => token.text === "OR" && depthAt(all, token.from) === 0);
  const base = loose ? `(${cleared.trim()})` : cleared.trim();
  return base ? `${base} ${added}` : added;
}

function depthAt(all: ReturnType<typeof tokens>, at: number): number {
  let depth = 0;
  for (const token of all) {
    if (token.from >= at) break;
    if (token.text === "(") depth++;
    if (token.text === ")") depth--;
  }
  return depth;
}

/** Where the term stands by itself on the outermost level, with its minus if it has one. */
function spanOf(query: string, wanted: string): { from: number; to: number } | null {
  const all = tokens(query);
  if (all.some((token) => token.text === "OR")) return null; // taking a part out would change the meaning of the rest
  for (const [index, token] of all.entries()) {
    if (depthAt(all, token.from) !== 0) continue;
    if (token.kind === "minus") continue;
    const before = all[index - 1];
    const minus = before?.kind === "minus" ? before : null;
    const text = minus ? `-${token.text}` : token.text;
    if (text === wanted) return { from: (minus ?? token).from, to: token.to };
  }
  return null;
}

export function hasTerm(query: string, wanted: string): boolean {
  return spanOf(query, wanted) !== null;
}

export function withoutTerm(query: string, unwanted: string): string {
  const span = spanOf(query, unwanted);
  if (!span) return query;
  return `${query.slice(0, span.from).trimEnd()} ${query.slice(span.to).trimStart()}`.trim();
}
