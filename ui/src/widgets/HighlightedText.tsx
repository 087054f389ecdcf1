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
    span.highlighted ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity but their place in the text
      <mark key={index} className={span.colour && `highlight-${span.colour}`}>
        {span.text}
      </mark>
    ) : (
      span.text
    ),
  );
});
