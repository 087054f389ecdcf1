// Terminal text: SGR colours become styled spans, every other control sequence is dropped.
// The sequences are those of ECMA-48 (CSI … final byte; OSC … BEL or ST; two-character escapes).

const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is looked for
  /\u001b(?:\[([0-?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-Z\\^-~])|\u009b([0-?]*)[ -/]*([@-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: and what is left of control characters
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

export interface StyledSpan {
  text: string;
  /** A colour of the terminal's sixteen, or null. */
  colour: number | null;
  bold: boolean;
  dim: boolean;
  underlined: boolean;
}

type Style = Omit<StyledSpan, "text">;
const PLAIN: Style = { colour: null, bold: false, dim: false, underlined: false };

function applied(style: Style, parameters: string): Style {
  const codes = parameters === "" ? [0] : parameters.split(";").map(Number);
  let next = { ...style };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) next = { ...PLAIN };
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 4) next.underlined = true;
    else if (code === 22) next.bold = next.dim = false;
    else if (code === 24) next.underlined = false;
    else if (code === 39) next.colour = null;
    else if (code >= 30 && code <= 37) next.colour = code - 30;
    else if (code >= 90 && code <= 97) next.colour = code - 82;
    else if (code === 38 || code === 48) {
      const indexed = codes[at + 1] === 5;
      const colour = codes[at + 2] ?? -1;
      if (code === 38) next.colour = indexed && colour < 16 ? colour : null;
      at += indexed ? 2 : 4;
    }
  }
  return next;
}

/** A text cut where its style changes. */
export function styledSpans(text: string): StyledSpan[] {
  const spans: StyledSpan[] = [];
  let style = PLAIN;
  let from = 0;
  const take = (to: number) => {
    const part = text.slice(from, to).replace(CONTROL, "\ufffd");
    if (part) spans.push({ text: part, ...style });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m") style = applied(style, match[1] ?? "");
    else if (match[4] === "m") style = applied(style, match[3] ?? "");
  }
  take(text.length);
  return spans;
}

export function withoutAnsi(text: string): string {
  return text.includes("\u001b") || text.includes("\u009b") ? text.replace(SEQUENCE, "") : text;
}
