import { useState } from "react";
import { fieldName } from "./alert";

const FIELDS = ["app_key", "app_id", "level", "category"];
const MOST = 3;

interface Props {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}

/** The fields by whose values entries are counted apart. */
export function GroupFields({ chosen, onChange }: Props) {
  const [offered, setOffered] = useState(() => [...new Set([...FIELDS, "context.host", ...chosen])]);
  const [typed, setTyped] = useState("");
  const isFull = chosen.length >= MOST;
  const toggle = (field: string) =>
    onChange(chosen.includes(field) ? chosen.filter((one) => one !== field) : [...chosen, field]);
  const add = () => {
    const name = typed.trim().replace(/^(context\.)?/, "context.");
    if (name === "context.") return;
    setOffered([...new Set([...offered, name])]);
    if (!chosen.includes(name)) onChange([...chosen, name]);
    setTyped("");
  };
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Separately for each</legend>
      <div className="flex flex-wrap items-center gap-1.5">
        {offered.map((field) => (
          <button
            key={field}
            type="button"
            aria-pressed={chosen.includes(field)}
            disabled={isFull && !chosen.includes(field)}
            className="button choice aria-pressed:text-accent"
            onClick={() => toggle(field)}
          >
            {fieldName(field)}
          </button>
        ))}
        <input
          className="field w-40!"
          aria-label="Another field of the context"
          placeholder="context field"
          spellCheck={false}
          disabled={isFull}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
      </div>
    </fieldset>
  );
}
