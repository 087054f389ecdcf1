import { Copy, ListFilter, ListX } from "lucide-react";
import { isNameable, term, withTerm } from "../query/terms";
import { copy } from "../toast/copy";
import { isFilter } from "../url/filters";
import { currentView, navigate } from "../url/navigation";

/** Filter in, filter out, copy. `path` names the field as the search language does, a part of the context key by key. */
export function FieldActions({ path, value, queryable }: { path: string[]; value: string; queryable: boolean }) {
  const name = path.join(".");
  const nameable = isNameable(path) && value.length <= 500 && value !== "";
  const plain = path.length === 1 && isFilter(name);
  const filter = (excluded: boolean) => {
    const view = currentView();
    if (!queryable || (plain && !excluded && name !== "user_agent"))
      navigate({ filters: { ...view.filters, [name]: value }, around: null, entry: null });
    else navigate({ q: withTerm(view.q, term(name, value, excluded)), around: null, entry: null });
  };
  return (
    <span className="inline-flex shrink-0 gap-0.5 field-actions">
      {nameable && (queryable || plain) && (
        <Action label={`Filter in ${name}`} onClick={() => filter(false)}>
          <ListFilter size={12} aria-hidden />
        </Action>
      )}
      {nameable && queryable && (
        <Action label={`Filter out ${name}`} onClick={() => filter(true)}>
          <ListX size={12} aria-hidden />
        </Action>
      )}
      <Action label={`Copy ${name}`} onClick={() => copy(value, name)}>
        <Copy size={12} aria-hidden />
      </Action>
    </span>
  );
}

function Action({ label, onClick, children }: { label: string; onClick: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      className="grid size-6 place-items-center rounded text-soft hover:bg-line hover:text-ink"
      onClick={onClick}
    >
      {children}
    </button>
  );
}
