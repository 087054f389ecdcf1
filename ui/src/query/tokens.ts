// The search language cut into tokens, for completion and for editing terms. It follows the server's grammar
// (docs/search-language.md) but never refuses: whether a query is right is the server's to say.

export type Token =
  | { kind: "space" | "bracket" | "operator" | "minus"; from: number; to: number; text: string }
  | { kind: "word" | "phrase" | "regex"; from: number; to: number; text: string }
  | { kind: "field"; from: number; to: number; text: string; field: string; valueFrom: number; value: string };

const FIELD = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[^\s:()"]+)?:/;
const SPACE = /^\s+/;
const WORD = /^[^\s()]+/;
const VALUE = /^(?:>=|<=|>|<)?[^\s()"]*/;
const OPERATORS = new Set(["AND", "OR", "NOT"]);

/** The end of a quoted text that begins at `from`, behind the closing mark; the end of the text when there is none. */
function closed(text: string, from: number, mark: string): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === mark) return at + 1;
  }
  return text.length;
}

function tokenAt(text: string, from: number): Token {
  const rest = text.slice(from);
  const make = (kind: Exclude<Token["kind"], "field">, to: number): Token => ({
    kind,
    from,
    to,
    text: text.slice(from, to),
  });
  const space = SPACE.exec(rest);
  if (space) return make("space", from + space[0].length);
  const first = rest[0];
  if (first === "(" || first === ")") return make("bracket", from + 1);
  if (first === '"') return make("phrase", closed(text, from, '"'));
  if (first === "/") {
    const end = closed(text, from, "/");
    return make("regex", text[end] === "i" ? end + 1 : end);
  }
  if (first === "-" && rest.length > 1 && !/^[\s)]/.test(rest.slice(1))) return make("minus", from + 1);
  const field = FIELD.exec(rest);
  if (field && !rest.startsWith("//", field[0].length)) {
    const valueFrom = from + field[0].length;
    let to = valueFrom;
    do {
      to += VALUE.exec(text.slice(to))?.[0].length ?? 0;
      if (text[to] === '"') to = closed(text, to, '"');
    } while (text[to] === "," && text[to - 1] === '"');
    const name = field[0].slice(0, -1);
    return {
      kind: "field",
      from,
      to,
      text: text.slice(from, to),
      field: name,
      valueFrom,
      value: text.slice(valueFrom, to),
    };
  }
  const word = WORD.exec(rest)?.[0] ?? rest;
  return make(OPERATORS.has(word) ? "operator" : "word", from + word.length);
}

export function tokens(text: string): Token[] {
  const list: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at);
    list.push(token);
    at = token.to;
  }
  return list;
}
