import { memo } from "react";
import { highlightSpans } from "../query/highlight";

const MOST = 500;

/** A text with the matches of a search highlighted. */
export const HighlightedText = memo(function HighlightedText({
  text,
  highlight,
}: {
  text: string;
  highlight: RegExp | null;
}) {
  if (highlight === null) return text;
  return highlightSpans(text, highlight, MOST).map((span, index) =>
    span.highlighted ? <mark key={index}>{span.text}</mark> : span.text,
  );
});
