// Terms put into a query and taken out again, as the buttons "filter in" and "filter out" do.
import { type Token, tokens } from "./tokens";

const PLAIN = /^[^\s()":,<>*/-][^\s()":,*]*$/;

/** A value as the search language takes it literally: quoted where it must be. */
export function quoted(value: string): string {
  return PLAIN.test(value) && value !== "null" ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

/** A value as it stands in a query without its quotes. */
export function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(["\\])/g, "$1") : text;
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

function depthAt(all: readonly Token[], at: number): number {
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
  return loneTerms(all).find(({ text }) => text === wanted) ?? null;
}

interface Lone {
  token: Token;
  /** With its minus, if it has one. */
  text: string;
  from: number;
  to: number;
}

/** The terms that can be taken out without changing what the others mean. */
function loneTerms(all: readonly Token[]): Lone[] {
  if (all.some((token) => token.text === "OR" && depthAt(all, token.from) === 0)) return [];
  return all.flatMap((token, index) => {
    const before = all[index - 1];
    const isBound = all[index - 2]?.text === "NOT" || all[index - 2]?.kind === "minus";
    if (token.kind === "minus" || token.kind === "space" || isBound || depthAt(all, token.from) !== 0) return [];
    const minus = before?.kind === "minus" ? before : null;
    return [{ token, text: minus ? `-${token.text}` : token.text, from: (minus ?? token).from, to: token.to }];
  });
}

interface Exclusion {
  field: string;
  value: string;
  /** As it stands in the query. */
  term: string;
}

/** What a query leaves out of a field, as the buttons "exclude" write it. */
export function exclusions(query: string): Exclusion[] {
  return loneTerms(tokens(query)).flatMap(({ token, text }) =>
    token.kind === "field" && text.startsWith("-")
      ? [{ field: token.field, value: unquoted(token.value), term: text }]
      : [],
  );
}

/** The query without what it leaves out of a field. */
export function withoutExclusions(query: string, field: string): string {
  return exclusions(query)
    .filter((one) => one.field === field)
    .reduce((rest, one) => withoutTerm(rest, one.term), query);
}

export function hasTerm(query: string, wanted: string): boolean {
  return spanOf(query, wanted) !== null;
}

export function withoutTerm(query: string, unwanted: string): string {
  const span = spanOf(query, unwanted);
  if (!span) return query;
  return `${query.slice(0, span.from).trimEnd()} ${query.slice(span.to).trimStart()}`.trim();
}
