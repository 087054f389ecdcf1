// Words and expressions that are shown in a colour of their own, in every message, and in the link.
import { Highlighter, X } from "lucide-react";
import { useState } from "react";
import { isHighlight } from "../query/highlight";
import { navigate } from "../url/navigation";
import { MOST_HIGHLIGHTS } from "../url/view";
import { IconButton } from "../widgets/IconButton";
import { Popup } from "../widgets/Popup";

export function HighlightMenu({ highlights }: { highlights: readonly string[] }) {
  return (
    <Popup
      label="Highlights"
      className="button plain small"
      place="right-0 bottom-full mb-1.5 w-72 p-3!"
      button={<Highlighter size={14} aria-hidden />}
    >
      {() => <HighlightForm highlights={highlights} />}
    </Popup>
  );
}

function HighlightForm({ highlights }: { highlights: readonly string[] }) {
  const [text, setText] = useState("");
  const wanted = text.trim();
  const isWrong = wanted !== "" && !isHighlight(wanted);
  const isFull = highlights.length >= MOST_HIGHLIGHTS;
  return (
    <div className="flex flex-col gap-2">
      <ul aria-label="Highlighted" className="flex flex-col gap-1">
        {highlights.map((one, index) => (
          <li key={one} className="flex items-center gap-2">
            <mark className={`highlight-${index} min-w-0 truncate px-1`}>{one}</mark>
            <span className="flex-1" />
            <IconButton
              icon={X}
              label={`Remove highlight ${one}`}
              size="small"
              onClick={() => navigate({ highlights: highlights.filter((other) => other !== one) }, true)}
            />
          </li>
        ))}
      </ul>
      <form
        className="flex gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wanted || isWrong || isFull) return;
          navigate({ highlights: [...highlights.filter((one) => one !== wanted), wanted] }, true);
          setText("");
        }}
      >
        <input
          className="field"
          aria-label="Word or /expression/"
          placeholder="timeout or /node-\d+/"
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={!wanted || isWrong || isFull}>
          Add
        </button>
      </form>
      {isWrong && (
        <p className="text-error text-xs">Not an expression that can be highlighted: repeat single characters only.</p>
      )}
      {isFull && <p className="text-faint text-xs">No more than {MOST_HIGHLIGHTS} can be told apart.</p>}
    </div>
  );
}
