// The message with its line ends and the colours of the terminal.
import { type StyledSpan, styledSpans } from "../text/ansi";
import { HighlightedText } from "../widgets/HighlightedText";
import { LongText } from "./LongText";

export function Message({ text, highlight }: { text: string; highlight: RegExp | null }) {
  return (
    <LongText text={text}>
      {(shown) => (
        <pre className="mono select-text whitespace-pre-wrap break-words leading-5 [overflow-wrap:anywhere]">
          {styledSpans(shown).map((span, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity but their place in the text
            <span key={index} className={classesOf(span)}>
              <HighlightedText text={span.text} highlight={highlight} />
            </span>
          ))}
          {text === "" && <span className="text-faint">(no message)</span>}
        </pre>
      )}
    </LongText>
  );
}

function classesOf({ colour, bold, dim, underlined }: StyledSpan): string {
  const classes = colour === null ? [] : [`ansi-${colour}`];
  if (bold) classes.push("font-semibold");
  if (dim) classes.push("opacity-80");
  if (underlined) classes.push("underline");
  return classes.join(" ");
}
