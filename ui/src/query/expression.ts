// Expressions that somebody else may have written into a link, made harmless: a browser's own take exponential time on some.
// Nothing repeats that repeats already, few parts repeat at all, and none more than so many times.

const MOST_REPEATED = 24;
const MOST_REPEATING = 3;
const ATOM = /^(?:\\[dDwWsSbBtn]|\\[^A-Za-z0-9]|\[(?:\\.|[^\]\\])+\]|[^\\()[\]{}*+?|])/u;
const REPEAT = /^(?:[*+?]|\{(\d{1,3})(,(\d{0,3}))?\})\??/;

/** The expression for RegExp with the flags "iu"; null where it is not understood or could cost too much. */
export function safeExpression(source: string): string | null {
  let made = "";
  let repeating = 0;
  for (let rest = source; rest !== ""; ) {
    const first = rest[0] ?? "";
    if (first === "(" || first === ")" || first === "|") {
      if (first === ")" && REPEAT.test(rest.slice(1))) return null;
      made += first === "(" ? "(?:" : first;
      rest = rest.slice(1);
      continue;
    }
    const atom = ATOM.exec(rest)?.[0];
    if (atom === undefined) return null;
    rest = rest.slice(atom.length);
    const repeat = REPEAT.exec(rest);
    made += atom + (repeat ? bounded(repeat) : "");
    rest = rest.slice(repeat?.[0].length ?? 0);
    if (repeat) repeating++;
  }
  return repeating <= MOST_REPEATING && isExpression(made) ? made : null;
}

function bounded([text, least = "0", range, most]: RegExpExecArray): string {
  if (text.startsWith("?")) return "?";
  if (text.startsWith("*")) return `{0,${MOST_REPEATED}}`;
  if (text.startsWith("+")) return `{1,${MOST_REPEATED}}`;
  const from = Math.min(Number(least), MOST_REPEATED);
  const to = most || range === undefined ? Math.max(from, Number(most ?? least)) : MOST_REPEATED;
  return `{${from},${Math.min(to, MOST_REPEATED)}}`;
}

function isExpression(source: string): boolean {
  try {
    return !new RegExp(source, "iu").test("");
  } catch {
    return false;
  }
}
