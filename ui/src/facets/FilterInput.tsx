import { useEffect, useState } from "react";
import type { FilterName } from "../url/filters";
import { setFilter } from "../url/navigation";

/** A filter that is typed; it holds when Enter is pressed or the field is left. */
export function FilterInput({
  name,
  label,
  value = "",
}: {
  name: FilterName;
  label: string;
  value?: string | undefined;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const commit = () => {
    if (text.trim() !== value) setFilter(name, text.trim());
  };
  return (
    <label className="block">
      <span className="mb-0.5 block text-soft text-xs">{label}</span>
      <input
        className="field"
        type="text"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
        }}
      />
    </label>
  );
}
