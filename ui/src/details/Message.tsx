// The message with its line ends and the colours of the terminal. A very long one is shown in part, until asked for.
import { useMemo, useState } from "react";
import { SoughtText } from "../parts/SoughtText";
import { pieces } from "../text/ansi";
import { size } from "../text/oneLine";

const FIRST = 20_000;

export function Message({ text, sought }: { text: string; sought: RegExp | null }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : text.slice(0, FIRST);
  const parts = useMemo(() => pieces(shown), [shown]);
  return (
    <div>
      <pre
        className="mono max-h-[60vh] select-text overflow-auto whitespace-pre-wrap break-words leading-5"
        tabIndex={text.length > 500 ? 0 : undefined}
      >
        {parts.map((part, index) => (
          <span
            key={index}
            className={[
              part.colour === null ? "" : `ansi-${part.colour}`,
              part.bold ? "font-semibold" : "",
              part.dim ? "opacity-80" : "",
              part.underlined ? "underline" : "",
            ].join(" ")}
          >
            <SoughtText text={part.text} sought={sought} />
          </span>
        ))}
        {text === "" && <span className="text-faint">no message</span>}
      </pre>
      {text.length > shown.length && (
        <button type="button" className="button small mt-2" onClick={() => setWhole(true)}>
          Show all {size(text.length)} characters
        </button>
      )}
    </div>
  );
}
