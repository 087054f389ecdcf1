import type { Series } from "../histogram/series";
import { MiddleCut } from "../widgets/MiddleCut";
import { EntriesLink } from "./EntriesLink";

interface Item extends Series {
  /** Its value of the whole time, as short as it is shown. */
  value: string;
  /** The same with every digit. */
  full?: string;
  /** Leads to its entries; null: nowhere. */
  search: string | null;
}

/** Which colour is what, and how much of it there is in all: what those read who don't see the chart. */
export function SeriesLegend({ label, items }: { label: string; items: readonly Item[] }) {
  return (
    <ul aria-label={label} className="-mx-1 flex max-h-12 shrink-0 flex-wrap gap-x-1 overflow-y-auto pt-1">
      {items.map((item) => (
        <li key={item.name} className="min-w-0 max-w-full">
          {item.search === null ? (
            <span className={ITEM}>
              <Content {...item} />
            </span>
          ) : (
            <EntriesLink search={item.search} className={`${ITEM} hover:bg-panel hover:text-ink`} title={item.label}>
              <Content {...item} />
            </EntriesLink>
          )}
        </li>
      ))}
    </ul>
  );
}

const ITEM = "flex h-6 max-w-48 items-center gap-1.5 rounded-md px-1.5 text-soft text-xs";

function Content({ label, tint, strength, value, full }: Item) {
  return (
    <>
      <span aria-hidden className={`size-2 shrink-0 rounded-sm bg-current ${tint}`} style={{ opacity: strength }} />
      <MiddleCut text={label} />
      <span className="text-faint tabular-nums" title={full}>
        {value}
      </span>
    </>
  );
}
