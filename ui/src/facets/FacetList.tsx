import { ListX } from "lucide-react";
import { useState } from "react";
import { shortCount } from "../text/count";
import { MiddleCut } from "../widgets/MiddleCut";

const FIRST = 8;

interface Props {
  title: string;
  values: { value: string; count: number | null }[];
  chosen: string[];
  excluded: string[];
  onToggle: (value: string) => void;
  onOnly: (value: string) => void;
  onClear: () => void;
  onExclude?: ((value: string) => void) | undefined;
  /** Whether the values are levels, which have colours. */
  swatch: boolean;
}

export function FacetList(props: Props) {
  const { title, values, chosen, excluded, onToggle, onOnly, onClear, onExclude, swatch } = props;
  const [all, setAll] = useState(false);
  const isUsed = (value: string) => chosen.includes(value) || excluded.includes(value);
  const few = values.filter(({ value }, index) => index < FIRST || isUsed(value));
  const shown = all ? values : few;
  const hidden = values.length - few.length;
  return (
    <section aria-label={title}>
      <h2 className="label mb-1 flex items-center justify-between">
        {title}
        {chosen.length + excluded.length > 0 && (
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
        {shown.map(({ value, count }) => {
          const isOut = excluded.includes(value);
          return (
            <li key={value} className="group -mx-1.5 flex items-center rounded-md hover:bg-line/60">
              <button
                type="button"
                aria-pressed={chosen.includes(value)}
                title={`${value}\nAlt-click: only this`}
                className="flex h-6.5 min-w-0 flex-1 items-center gap-2 rounded-md px-1.5 text-left aria-pressed:bg-wash aria-pressed:font-medium"
                onClick={(event) => (event.altKey ? onOnly(value) : onToggle(value))}
              >
                {swatch && <span className={`fill-${value} size-1.5 shrink-0 rounded-full`} aria-hidden />}
                <span className={`flex min-w-0 flex-1 ${isOut ? "text-faint line-through" : ""}`}>
                  <MiddleCut text={value} />
                </span>
                {count !== null && <span className="text-faint text-xs tabular-nums">{shortCount(count)}</span>}
              </button>
              {onExclude && (
                <button
                  type="button"
                  aria-label={`Exclude ${value}`}
                  aria-pressed={isOut}
                  title={isOut ? `No longer exclude ${value}` : `Exclude ${value}`}
                  className="on-hover size-6 place-items-center rounded text-faint hover:text-ink aria-pressed:text-error"
                  onClick={() => onExclude(value)}
                >
                  <ListX size={12} aria-hidden />
                </button>
              )}
            </li>
          );
        })}
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
