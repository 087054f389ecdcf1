import { useMemo } from "react";
import { useStats } from "../api/counts";
import type { Split, Stats } from "../api/responses";
import { SplitPicker } from "../histogram/SplitPicker";
import { SPLITS, splitName } from "../histogram/splits";
import { ChangeList } from "./ChangeList";
import { type Counts, changesOf } from "./changes";
import { byField, countsOf, type Listed } from "./narrow";
import { scaleOf } from "./sides";

const MOST = 20;
const FIRST = 6;
/** They have lists of their own. */
const USUAL: ReadonlySet<string> = new Set(Object.keys(SPLITS).filter((field) => field !== "user_agent"));

interface Props extends Listed {
  split: string;
  paths: () => Iterable<string>;
}

/** What changed among the values of any field: the one by which the histogram is split. */
export function ChosenChanges({ split, paths, ...list }: Props) {
  const picker = <SplitPicker split={split} paths={paths} />;
  if (!USUAL.has(split)) return <Changes {...list} field={split} picker={picker} />;
  return (
    <section aria-label="What changed: another field">
      <div className="mb-1 flex min-h-7 items-center justify-between gap-2">
        <h3 className="label">Another field</h3>
        {picker}
      </div>
      <p className="rounded-lg border border-line px-3 py-2 text-faint">
        Choose the user agent or a field of the context.
      </p>
    </section>
  );
}

function Changes({ sides, totals, onChoose, field, picker }: Listed & { field: string; picker: React.ReactNode }) {
  const splitting = { field, series: MOST };
  const current = useStats(sides.current, 1, splitting).data?.value;
  const baseline = useStats(sides.baseline, 1, splitting).data?.value;
  const scale = scaleOf(sides, totals);
  const changes = useMemo(() => {
    const [here, there] = [counted(current, field), counted(baseline, field)];
    return here && there && changesOf(here, there, { scale });
  }, [current, baseline, field, scale]);
  return (
    <ChangeList
      title={splitName(field)}
      picker={picker}
      changes={changes}
      totals={sides.sameFilters ? null : totals}
      first={FIRST}
      name={(value) => value || <span className="text-faint">(empty)</span>}
      onChoose={(change) => onChoose(change, byField(field, change.value))}
    />
  );
}

/** Null until what was asked for is known: an answer of before may be about another field. */
function counted(stats: Stats | undefined, field: string): Counts | null {
  const split: Split | undefined = stats?.split;
  if (split?.field !== field) return null;
  const { counts, rest } = countsOf(split.values, split.values.length);
  return { counts, rest: Math.min(rest, split.rest.count) };
}
