import { ListX } from "lucide-react";
import { useState } from "react";
import { shortCount } from "../text/count";

const FIRST = 8;

interface Props {
  title: string;
  values: { value: string; count: number | null }[];
  chosen: string[];
  onToggle: (value: string) => void;
  onClear: () => void;
  onExclude?: (value: string) => void;
  /** Whether the values are levels, which have colours. */
  swatch?: boolean;
}

export function FacetList({ title, values, chosen, onToggle, onClear, onExclude, swatch }: Props) {
  const [all, setAll] = useState(false);
  const few = values.filter(({ value }, index) => index < FIRST || chosen.includes(value));
  const shown = all ? values : few;
  const hidden = values.length - few.length;
  return (
    <section aria-label={title}>
      <h2 className="label mb-1 flex justify-between">
        {title}
        {chosen.length > 0 && (
          <button
            type="button"
            className="font-medium text-accent normal-case tracking-normal hover:underline"
            onClick={onClear}
          >
            clear
          </button>
        )}
      </h2>
      <ul>
        {shown.map(({ value, count }) => (
          <li key={value} className="group -mx-1.5 flex items-center rounded-md hover:bg-line/60">
            <button
              type="button"
              aria-pressed={chosen.includes(value)}
              title={value}
              className="flex h-6.5 min-w-0 flex-1 items-center gap-2 rounded-md px-1.5 text-left aria-pressed:bg-wash aria-pressed:font-medium"
              onClick={() => onToggle(value)}
            >
              {swatch && <span className={`fill-${value} size-1.5 shrink-0 rounded-full`} aria-hidden />}
              <span className="min-w-0 flex-1 truncate">{value}</span>
              {count !== null && <span className="text-faint text-xs tabular-nums">{shortCount(count)}</span>}
            </button>
            {onExclude && (
              <button
                type="button"
                aria-label={`Exclude ${value}`}
                title={`Exclude ${value}`}
                className="hidden size-6 place-items-center rounded text-faint hover:text-ink focus-visible:grid group-focus-within:grid group-hover:grid"
                onClick={() => onExclude(value)}
              >
                <ListX size={12} aria-hidden />
              </button>
            )}
          </li>
        ))}
        {values.length === 0 && <li className="text-faint">none</li>}
      </ul>
      {hidden > 0 && (
        <button type="button" className="mt-0.5 text-accent text-xs hover:underline" onClick={() => setAll(!all)}>
          {all ? "show fewer" : `${hidden} more`}
        </button>
      )}
    </section>
  );
}
