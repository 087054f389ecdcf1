// The message with its line ends and the colours of the terminal. A very long one is shown in part, until asked for.
import { useMemo, useState } from "react";
import { type StyledSpan, styledSpans } from "../text/ansi";
import { shortCount } from "../text/count";
import { HighlightedText } from "../widgets/HighlightedText";

const FIRST = 20_000;

export function Message({ text, highlight }: { text: string; highlight: RegExp | null }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : text.slice(0, FIRST);
  const spans = useMemo(() => styledSpans(shown), [shown]);
  return (
    <div>
      <pre
        className="mono max-h-[60vh] select-text overflow-auto whitespace-pre-wrap break-words leading-5"
        tabIndex={text.length > 500 ? 0 : undefined}
      >
        {spans.map((span, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity but their place in the text
          <span key={index} className={classesOf(span)}>
            <HighlightedText text={span.text} highlight={highlight} />
          </span>
        ))}
        {text === "" && <span className="text-faint">(no message)</span>}
      </pre>
      {text.length > shown.length && (
        <button type="button" className="button small mt-2" onClick={() => setWhole(true)}>
          Show all {shortCount(text.length)} characters
        </button>
      )}
    </div>
  );
}

function classesOf({ colour, bold, dim, underlined }: StyledSpan): string {
  const classes = colour === null ? [] : [`ansi-${colour}`];
  if (bold) classes.push("font-semibold");
  if (dim) classes.push("opacity-80");
  if (underlined) classes.push("underline");
  return classes.join(" ");
}
