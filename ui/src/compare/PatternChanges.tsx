import { useMemo } from "react";
import { usePatterns } from "../api/counts";
import type { Pattern } from "../api/responses";
import type { Level } from "../entries/entry";
import { levelOf } from "../patterns/order";
import { PatternText } from "../patterns/PatternText";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { ChangeList } from "./ChangeList";
import { changesOf } from "./changes";
import { WEIGHTS } from "./LevelChanges";
import { byQuery, countsOf, type Listed } from "./narrow";
import { scaleOf } from "./sides";

const MOST = 500;
const FIRST = 12;

/** What changed among the patterns of messages; severe ones before others. */
export function PatternChanges({ sides, totals, onChoose }: Listed) {
  const current = usePatterns(sides.current, MOST);
  const baseline = usePatterns(sides.baseline, MOST);
  const [here, there] = [current.data?.value, baseline.data?.value];
  const scale = scaleOf(sides, totals);
  const known = useMemo(() => {
    const byPattern = new Map<string, Pattern>();
    for (const one of [...(there?.patterns ?? []), ...(here?.patterns ?? [])]) byPattern.set(one.pattern, one);
    return byPattern;
  }, [here, there]);
  const levels = (pattern: string): Level => {
    const one = known.get(pattern);
    return one ? levelOf(one) : "info";
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: levels follow from the answers
  const changes = useMemo(() => {
    if (!here || !there) return null;
    return changesOf(counted(here.patterns), counted(there.patterns), scale, (one) => WEIGHTS[levels(one)]);
  }, [here, there, scale]);
  const error = current.error ?? baseline.error;
  if (error !== null)
    return <ErrorBanner error={error} onRetry={() => void Promise.all([current.refetch(), baseline.refetch()])} />;
  return (
    <div className="changes-of-patterns @container">
      <ChangeList
        title="Patterns of messages"
        changes={changes}
        totals={sides.sameFilters ? null : totals}
        first={FIRST}
        name={(pattern) => <PatternText pattern={pattern} />}
        levelOf={levels}
        estimated={here?.sampled || there?.sampled}
        onChoose={(change) => onChoose(change, byQuery(known.get(change.value)?.q ?? ""))}
      />
    </div>
  );
}

const counted = (patterns: readonly Pattern[]) =>
  countsOf(
    patterns.map(({ pattern, count }) => ({ value: pattern, count })),
    MOST,
  );
