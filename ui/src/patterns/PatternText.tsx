import { oneLine } from "../text/oneLine";
import { patternSpans } from "./spans";

/** A pattern; what varies is quieter than what all have in common. */
export function PatternText({ pattern }: { pattern: string }) {
  if (pattern === "") return <span className="text-faint">(no message)</span>;
  return patternSpans(oneLine(pattern)).map(({ text, varies }, index) =>
    varies ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity but their place in the text
      <span key={index} className="rounded-[3px] bg-wash px-[3px] font-mono text-2xs text-accent">
        {text}
      </span>
    ) : (
      text
    ),
  );
}
