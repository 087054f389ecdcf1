// A pattern cut into what all its messages have in common and what varies: pure.

interface PatternSpan {
  text: string;
  varies: boolean;
}

const PLACEHOLDER = /(<(?:\*|[a-z]+)>)/;

export function patternSpans(pattern: string): PatternSpan[] {
  return pattern
    .split(PLACEHOLDER)
    .map((text, index) => ({ text, varies: index % 2 === 1 }))
    .filter(({ text }) => text !== "");
}
