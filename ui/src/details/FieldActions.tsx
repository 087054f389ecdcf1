import { Columns3, Copy, ListFilter, ListX } from "lucide-react";
import { showColumn } from "../columns/table";
import { isNameable } from "../query/terms";
import { copy } from "../toast/copy";
import { isFilter, withValues } from "../url/filters";
import { type Filtered, only, without } from "../url/narrow";
import { currentView, navigate } from "../url/navigation";
import { isColumn } from "../url/table";

/** Filter in, filter out, copy. `path` names the field as the search language does, a part of the context key by key. */
export function FieldActions({ path, value, queryable }: { path: string[]; value: string; queryable: boolean }) {
  const name = path.join(".");
  const nameable = isNameable(path) && value.length <= 500 && value !== "";
  const hasFilter = path.length === 1 && isFilter(name);
  const look = (filtered: Filtered) => navigate({ ...filtered, around: null, entry: null });
  const filterIn = () => {
    const { filters, q } = currentView();
    const filtered = !queryable && isFilter(name);
    look(filtered ? { filters: withValues(filters, name, [value]), q } : only({ filters, q }, name, value));
  };
  const filterOut = () => look(without(currentView(), name, value));
  return (
    <span className="inline-flex shrink-0 gap-0.5 field-actions">
      {nameable && (queryable || hasFilter) && (
        <Action label={`Filter in ${name}`} onClick={filterIn}>
          <ListFilter size={12} aria-hidden />
        </Action>
      )}
      {nameable && queryable && (
        <Action label={`Filter out ${name}`} onClick={filterOut}>
          <ListX size={12} aria-hidden />
        </Action>
      )}
      {nameable && isColumn(name) && path.length > 1 && (
        <Action label={`Show ${name} as a column`} onClick={() => showColumn(name)}>
          <Columns3 size={12} aria-hidden />
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
