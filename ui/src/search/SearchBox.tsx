// The query, with completion from what is stored. It holds when Enter is pressed; what the server did not understand is
// shown below, with the place.
import { Search, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { ApiError } from "../api/request";
import { type Completion, complete, completionAt, type Suggestion } from "../query/completion";
import { QueryError } from "./QueryError";
import { Suggestions } from "./Suggestions";
import { useSuggestions } from "./useSuggestions";

export const SEARCH_ID = "search-box";
const CARET_KEYS = new Set(["ArrowLeft", "ArrowRight", "Home", "End"]);

export function SearchBox({
  q,
  onSearch,
  error,
  paths,
  searchable,
}: {
  q: string;
  onSearch: (q: string) => void;
  error: ApiError | null;
  paths: () => Iterable<string>;
  searchable: boolean;
}) {
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const [text, setText] = useState(q);
  const [at, setAt] = useState<Completion | null>(null);
  const [chosen, setChosen] = useState(-1);
  const suggestions = useSuggestions(searchable ? at : null, paths);
  useEffect(() => setText(q), [q]);

  const look = () => {
    const caret = input.current?.selectionStart;
    setAt(typeof caret === "number" ? completionAt(input.current?.value ?? "", caret) : null);
    setChosen(-1);
  };
  const take = (suggestion: Suggestion) => {
    if (!at) return;
    const next = complete(text, at, suggestion);
    flushSync(() => setText(next.query)); // the caret must stand before the next key comes
    input.current?.setSelectionRange(next.caret, next.caret);
    input.current?.focus();
    look();
  };
  const submit = (value = text) => {
    setAt(null);
    onSearch(value.trim());
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const open = suggestions.length > 0;
    const picked = suggestions[chosen];
    if (event.key === "ArrowDown" && open) setChosen((chosen + 1) % suggestions.length);
    else if (event.key === "ArrowUp" && open) setChosen((chosen <= 0 ? suggestions.length : chosen) - 1);
    else if (event.key === "Tab" && picked) take(picked);
    else if (event.key === "Enter" && picked) take(picked);
    else if (event.key === "Enter") submit();
    else if (event.key === "Escape" && open) setAt(null);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };

  return (
    <search className="relative min-w-0 flex-1">
      <Search
        size={14}
        aria-hidden
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 text-faint"
      />
      <input
        ref={input}
        id={SEARCH_ID}
        type="text"
        role="combobox"
        aria-label="Search"
        aria-expanded={suggestions.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined}
        aria-invalid={error !== null}
        aria-describedby={error ? `${list}-error` : undefined}
        className={`field mono h-7.5! pr-8 pl-8 ${error ? "border-error!" : ""}`}
        placeholder={searchable ? 'level:>=warning "card declined"' : "Text in messages"}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          look();
        }}
        onFocus={look}
        onClick={look}
        onKeyUp={(event) => {
          if (CARET_KEYS.has(event.key)) look();
        }}
        onBlur={() => setAt(null)}
        onKeyDown={onKeyDown}
      />
      {text && (
        <button
          type="button"
          className="-translate-y-1/2 absolute top-1/2 right-0.5 grid size-6.5 place-items-center rounded text-faint hover:text-ink"
          aria-label="Clear search"
          onClick={() => {
            setText("");
            submit("");
          }}
        >
          <X size={14} aria-hidden />
        </button>
      )}
      <Suggestions id={list} list={suggestions} chosen={chosen} onTake={take} />
      {error && suggestions.length === 0 && <QueryError id={`${list}-error`} q={q} error={error} />}
    </search>
  );
}
