// Which colour is which value, where the bars are not those of levels. A click looks at one alone, Alt-click leaves it out.
import { shortCount } from "../text/count";
import { only, without } from "../url/narrow";
import { currentView, navigate } from "../url/navigation";
import { MiddleCut } from "../widgets/MiddleCut";
import { ABSENT, REST } from "./series";
import type { Shown } from "./useStacked";

const UNNAMED: Readonly<Record<string, string>> = { [REST]: "All other values", [ABSENT]: "Entries without the field" };
const isValue = (name: string): boolean => UNNAMED[name] === undefined;

export function Legend({ field, series, counts, unread }: NonNullable<Shown["legend"]>) {
  const act = (value: string, excluded: boolean) =>
    navigate({ ...(excluded ? without : only)(currentView(), field, value), entry: null });
  return (
    <ul
      aria-label="Colours of the histogram"
      className="flex min-w-0 flex-1 flex-wrap items-center gap-x-1 max-lg:order-last max-lg:w-full max-lg:flex-none max-lg:flex-nowrap max-lg:overflow-x-auto"
    >
      {series.map(({ name, label, tint, strength }) => (
        <li key={name} className="max-w-48 shrink-0">
          <button
            type="button"
            disabled={isValue(name) ? undefined : true}
            className="flex h-6 max-w-full items-center gap-1.5 rounded-md px-1.5 text-soft text-xs enabled:hover:bg-panel enabled:hover:text-ink"
            title={isValue(name) ? `${label}\nClick: only this · Alt-click: leave it out` : UNNAMED[name]}
            onClick={(event) => act(name, event.altKey)}
          >
            <span
              aria-hidden
              className={`size-2 shrink-0 rounded-sm bg-current ${tint}`}
              style={{ opacity: strength }}
            />
            <MiddleCut text={label} />
            <span className="text-faint tabular-nums">{shortCount(counts[name] ?? 0)}</span>
          </button>
        </li>
      ))}
      {unread > 0 && (
        <li className="shrink-0 px-1.5 text-faint text-xs">
          {shortCount(unread)} large {unread === 1 ? "entry" : "entries"} not looked at
        </li>
      )}
    </ul>
  );
}
