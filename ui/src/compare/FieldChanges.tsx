import { useMemo } from "react";
import { useFieldCounts } from "../api/counts";
import type { CountedField } from "../api/responses";
import { ChangeList } from "./ChangeList";
import { changesOf } from "./changes";
import { byField, countsOf, type Listed } from "./narrow";
import { scaleOf } from "./sides";

const MOST = 500;
const FIRST = 6;

/** What changed among the values of a field. */
export function FieldChanges(props: Listed & { title: string; field: CountedField }) {
  const { sides, totals, title, field, onChoose } = props;
  const current = useFieldCounts(field, sides.current, MOST).data?.value.values;
  const baseline = useFieldCounts(field, sides.baseline, MOST).data?.value.values;
  const scale = scaleOf(sides, totals);
  const changes = useMemo(
    () => current && baseline && changesOf(countsOf(current, MOST), countsOf(baseline, MOST), { scale }),
    [current, baseline, scale],
  );
  return (
    <ChangeList
      title={title}
      changes={changes ?? null}
      totals={sides.sameFilters ? null : totals}
      first={FIRST}
      name={(value) => value || <span className="text-faint">(empty)</span>}
      onChoose={(change) => onChoose(change, byField(field, change.value))}
    />
  );
}
