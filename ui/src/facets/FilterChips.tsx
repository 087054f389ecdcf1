import { X } from "lucide-react";
import { exclusions, withoutTerm } from "../query/terms";
import { chosenFilters, type Filters, isFilter, valuesOf, withoutValue } from "../url/filters";
import { navigate } from "../url/navigation";

interface Props {
  q: string;
  filters: Filters;
}

/** The filters that hold and what the query leaves out of them, value by value, each with a way to lift it. */
export function FilterChips({ q, filters }: Props) {
  const chosen = chosenFilters(filters).flatMap(([name]) => valuesOf(filters, name).map((value) => ({ name, value })));
  const excluded = exclusions(q).filter(({ field }) => isFilter(field) || field.startsWith("context."));
  if (chosen.length + excluded.length === 0) return null;
  return (
    <ul aria-label="Active filters" className="flex flex-wrap items-center gap-1.5 border-line border-b px-3 py-1.5">
      {chosen.map(({ name, value }) => (
        <Chip
          key={`${name} ${value}`}
          name={name}
          value={value}
          onLift={() => navigate({ filters: withoutValue(filters, name, value) })}
        />
      ))}
      {excluded.map(({ field, value, term }) => (
        <Chip key={term} name={field} value={value} excluded onLift={() => navigate({ q: withoutTerm(q, term) })} />
      ))}
      <li>
        <button type="button" className="button plain small" onClick={() => navigate({ filters: {}, q: "" })}>
          Clear all
        </button>
      </li>
    </ul>
  );
}

function Chip(props: { name: string; value: string; excluded?: boolean; onLift: () => void }) {
  const { name, value, excluded = false, onLift } = props;
  const colours = excluded ? "border-error/40 hover:border-error" : "border-accent/40 bg-wash hover:border-accent";
  return (
    <li className="min-w-0">
      <button
        type="button"
        className="flex max-w-full items-center"
        title={`Remove ${excluded ? "exclusion" : "filter"}: ${name} ${value}`}
        onClick={onLift}
      >
        <span className={`chip ${colours}`}>
          <span className="text-soft">{excluded ? `not ${name}` : name}</span>
          <span className={`truncate font-medium ${excluded ? "line-through decoration-error/60" : ""}`}>{value}</span>
          <X size={12} aria-hidden className="shrink-0" />
        </span>
      </button>
    </li>
  );
}
