// What a query looks for in messages, to show where it is found: pure. Words, phrases and beginnings of words that are
// asked for, not those excluded. Regular expressions of a query are left out: the server's take linear time, a browser's
// may not. Beside it, words and harmless expressions have colours of their own.
import { safeExpression } from "./expression";
import { type Token, tokens } from "./tokens";

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
const WORD = "[\\p{L}\\p{N}_]";
const MESSAGE = new Set(["message", "search"]);
const MOST_NEEDLES = 50;

interface Needle {
  text: string;
  /** Whether a word may go on behind it. */
  begins: boolean;
}

/** A word, or an expression between slashes, that is shown in a colour. */
export interface Highlight {
  text: string;
  colour: number | "find";
}

/** Whether a text can be highlighted: a word always, an expression where it is harmless. */
export const isHighlight = (text: string): boolean => sourceOf(text) !== null;

function sourceOf(text: string): string | null {
  const expression = /^\/(.+)\/$/.exec(text)?.[1];
  return expression === undefined ? patternOf({ text, begins: false }) : safeExpression(expression);
}

/**
 * An expression that finds all of it in a text; null where nothing is looked for. What has a colour is a group of that
 * name.
 */
export function highlightPattern(query: string, search = "", coloured: readonly Highlight[] = []): RegExp | null {
  const needles = [...needlesOf(query), { text: search, begins: false }].filter(({ text }) => text.trim() !== "");
  const own = coloured.flatMap(({ text, colour }) => {
    const source = sourceOf(text);
    return source === null ? [] : [`(?<c${colour}>${source})`];
  });
  if (needles.length + own.length === 0) return null;
  const longestFirst = needles.sort((a, b) => b.text.length - a.text.length).slice(0, MOST_NEEDLES);
  return new RegExp([...own, ...longestFirst.map(patternOf)].join("|"), "giu");
}

function needlesOf(query: string): Needle[] {
  const needles: Needle[] = [];
  const excluded = [false]; // of each bracket that is open
  let flipped = false;
  for (const token of tokens(query)) {
    if (token.kind === "space") continue;
    const negated = excluded[excluded.length - 1] !== flipped;
    if (token.kind === "minus" || token.text === "NOT") {
      flipped = !flipped;
      continue;
    }
    if (token.text === "(") excluded.push(negated);
    else if (token.text === ")" && excluded.length > 1) excluded.pop();
    flipped = false;
    const needle = negated ? null : needleOf(token);
    if (needle) needles.push(needle);
  }
  return needles;
}

function needleOf(token: Token): Needle | null {
  switch (token.kind) {
    case "phrase":
      return { text: unquoted(token.text), begins: false };
    case "word":
      return starred(token.text);
    case "field":
      if (!MESSAGE.has(token.field) || token.value === "*") return null;
      return { text: unquoted(token.value), begins: false };
    default:
      return null;
  }
}

/** A word, or of one with stars in it the longest part. */
function starred(word: string): Needle {
  const parts = word.split("*");
  const text = parts.reduce((longest, part) => (part.length > longest.length ? part : longest), "");
  return { text, begins: parts.length > 1 && text === parts[0] };
}

/** A phrase that is being written has no closing quote yet. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const isClosed = text.length > 1 && text.endsWith('"');
  return text.slice(1, isClosed ? -1 : text.length).replace(/\\(["\\])/g, "$1");
}

/** Lines are shown with one space for any number of them. Every part of a text is tried a bounded number of times. */
function patternOf({ text, begins }: Needle): string {
  const literal = text.replace(SPECIAL, "\\$&").replace(/\s+/g, "\\s+").replace(/^\\s/, "(?<!\\s)\\s");
  return begins ? `(?<!${WORD})${literal}${WORD}*` : literal;
}

interface HighlightSpan {
  text: string;
  highlighted: boolean;
  /** The colour's name, where it is not that of searches. */
  colour?: string;
}

/** A text cut where something is found and where that ends, the first `most` times. */
export function highlightSpans(text: string, pattern: RegExp | null, most: number): HighlightSpan[] {
  const spans: HighlightSpan[] = [];
  let from = 0;
  for (const match of pattern ? text.matchAll(pattern) : []) {
    if (match.index > from) spans.push({ text: text.slice(from, match.index), highlighted: false });
    from = match.index + match[0].length;
    const group = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)?.[0];
    spans.push({ text: match[0], highlighted: true, ...(group ? { colour: group.slice(1) } : {}) });
    if (spans.length >= 2 * most) break;
  }
  if (from < text.length) spans.push({ text: text.slice(from), highlighted: false });
  return spans;
}
