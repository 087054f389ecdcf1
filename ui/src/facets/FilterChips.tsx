import { X } from "lucide-react";
import { chosenFilters, type Filters } from "../url/filters";
import { navigate, setFilter } from "../url/navigation";

/** The filters that hold beside the query, each with a way to lift it. */
export function FilterChips({ filters }: { filters: Filters }) {
  const chosen = chosenFilters(filters);
  if (chosen.length === 0) return null;
  return (
    <ul aria-label="Active filters" className="flex flex-wrap items-center gap-1.5 border-line border-b px-3 py-1.5">
      {chosen.map(([name, value]) => (
        <li key={name}>
          <button
            type="button"
            className="inline-flex h-6 max-w-80 items-center gap-1 rounded-full border border-accent/40 bg-wash pr-1.5 pl-2.5 text-xs hover:border-accent"
            title={`Remove filter ${name}`}
            onClick={() => setFilter(name, "")}
          >
            <span className="text-soft">{name}</span>
            <span className="truncate font-medium">{value}</span>
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
