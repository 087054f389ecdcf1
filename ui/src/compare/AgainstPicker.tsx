// What is compared with: the same filters at another time, or other filters at the same time.
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { type Against, SHIFTS } from "../url/look";
import { navigate } from "../url/navigation";
import { Popup } from "../widgets/Popup";
import { TextField } from "../widgets/TextField";
import { SHIFT_NAMES } from "./againstNames";

export function AgainstPicker({ against, name }: { against: Against; name: string }) {
  return (
    <Popup
      label={`Compare with: ${name}`}
      title="Compare with"
      className="button min-w-0 max-w-full"
      place="top-full left-0 mt-1.5 w-80 p-3!"
      button={
        <>
          <span className="truncate">{name}</span>
          <ChevronDown size={12} aria-hidden className="shrink-0 text-faint" />
        </>
      }
    >
      {(close) => {
        const choose = (chosen: Against) => {
          close();
          navigate({ against: chosen });
        };
        return (
          <>
            <div className="mb-3 flex flex-col gap-1">
              {SHIFTS.map((shift) => (
                <button
                  key={shift}
                  type="button"
                  aria-pressed={"shift" in against && against.shift === shift}
                  className="button choice small justify-start!"
                  onClick={() => choose({ shift })}
                >
                  {SHIFT_NAMES[shift]}
                </button>
              ))}
            </div>
            <OtherFilter q={"q" in against ? against.q : ""} onChoose={(q) => choose({ q })} />
          </>
        );
      }}
    </Popup>
  );
}

function OtherFilter({ q, onChoose }: { q: string; onChoose: (q: string) => void }) {
  const [text, setText] = useState(q);
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(text.trim());
      }}
    >
      <TextField
        label="Another filter, at the same time"
        placeholder="app_key:shop level:>=warning"
        hint="In the search language; shares are compared. Empty: all entries."
        value={text}
        onChange={setText}
      />
      <button type="submit" className="button primary self-end">
        Compare
      </button>
    </form>
  );
}
