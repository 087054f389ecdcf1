import { type ReactNode, useState } from "react";
import { shortCount } from "../text/count";

/** Characters that are shown of a text at first, whether it is a message or a value of the context. */
const FIRST = 10_000;

/** A text of any length: its beginning, and the rest when asked. It uses the width there is and scrolls with the page. */
export function LongText({ text, children }: { text: string; children: (shown: string) => ReactNode }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : text.slice(0, FIRST);
  return (
    <>
      {children(shown)}
      {text.length > shown.length && (
        <button type="button" className="button small my-1 font-sans" onClick={() => setWhole(true)}>
          Show all {shortCount(text.length)} characters
        </button>
      )}
    </>
  );
}
