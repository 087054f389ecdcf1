// What a query looks for in messages, to show where it is found: pure. Words, phrases and beginnings of words that are
// asked for, not those excluded. Regular expressions are left out: the server's take linear time, a browser's may not.
import { tokens } from "./tokens";

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
const WORD = "[\\p{L}\\p{N}_]";
const MESSAGE = new Set(["message", "search"]);
const MOST = 50;

interface Needle {
  text: string;
  /** Whether a word may go on behind it. */
  begins: boolean;
}

/** An expression that finds all of it in a text; null where nothing is looked for. */
export function soughtIn(query: string, search = ""): RegExp | null {
  const needles = [...needlesOf(query), { text: search, begins: false }].filter(({ text }) => text.trim() !== "");
  if (needles.length === 0) return null;
  const longestFirst = needles.sort((a, b) => b.text.length - a.text.length).slice(0, MOST);
  return new RegExp(longestFirst.map(patternOf).join("|"), "giu");
}

function needlesOf(query: string): Needle[] {
  const found: Needle[] = [];
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
    if (negated) continue;
    if (token.kind === "phrase") found.push({ text: unquoted(token.text), begins: false });
    else if (token.kind === "word" && token.text.endsWith("*")) {
      found.push({ text: token.text.slice(0, -1), begins: true });
    } else if (token.kind === "word") found.push({ text: token.text, begins: false });
    else if (token.kind === "field" && MESSAGE.has(token.field) && token.value !== "*") {
      found.push({ text: unquoted(token.value), begins: false });
    }
  }
  return found;
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, text.length > 1 && text.endsWith('"') ? -1 : undefined).replace(/\\(["\\])/g, "$1");
}

/** Lines are shown with one space for any number of them. Every part of a text is tried a bounded number of times. */
function patternOf({ text, begins }: Needle): string {
  const literal = text.replace(SPECIAL, "\\$&").replace(/\s+/g, "\\s+").replace(/^\\s/, "(?<!\\s)\\s");
  return begins ? `(?<!${WORD})${literal}${WORD}*` : literal;
}

export interface Part {
  text: string;
  found: boolean;
}

/** A text cut where something is found and where that ends, the first `most` times. */
export function partsOf(text: string, sought: RegExp | null, most: number): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of sought ? text.matchAll(sought) : []) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), found: false });
    from = match.index + match[0].length;
    parts.push({ text: match[0], found: true });
    if (parts.length >= 2 * most) break;
  }
  if (from < text.length) parts.push({ text: text.slice(from), found: false });
  return parts;
}
