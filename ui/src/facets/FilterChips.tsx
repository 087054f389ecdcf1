import { X } from "lucide-react";
import { navigate } from "../url/navigation";
import { FILTERS, type View } from "../url/view";
import { setFilter } from "./Facets";

/** The filters that hold beside the query, each with a way to lift it. */
export function FilterChips({ view }: { view: View }) {
  const chosen = FILTERS.filter((name) => view.filters[name]);
  if (chosen.length === 0) return null;
  return (
    <ul aria-label="Active filters" className="flex flex-wrap items-center gap-1.5 border-line border-b px-3 py-1.5">
      {chosen.map((name) => (
        <li key={name}>
          <button
            type="button"
            className="inline-flex h-6 max-w-80 items-center gap-1 rounded-full border border-accent/40 bg-wash pr-1.5 pl-2.5 text-xs hover:border-accent"
            title={`Remove filter ${name}`}
            onClick={() => setFilter(name, "")}
          >
            <span className="text-soft">{name}</span>
            <span className="truncate font-medium">{view.filters[name]}</span>
            <X size={12} aria-hidden />
          </button>
        </li>
      ))}
      <li>
        <button type="button" className="button plain small" onClick={() => navigate({ filters: {}, q: "" })}>
          Clear all
        </button>
      </li>
    </ul>
  );
}
