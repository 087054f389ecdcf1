import { useMemo } from "react";
import { usePatterns } from "../api/counts";
import type { Pattern, Patterns } from "../api/responses";
import type { Level } from "../entries/entry";
import { PatternText } from "../patterns/PatternText";
import { ErrorBanner } from "../widgets/ErrorBanner";
import { ChangeList } from "./ChangeList";
import { changesOf } from "./changes";
import { WEIGHTS } from "./LevelChanges";
import { byQuery, countsOf, type Listed } from "./narrow";
import { levelsOf, standsFor } from "./sampling";
import { scaleOf } from "./sides";

const MOST = 500;
const FIRST = 12;

/** What changed among the patterns of messages; severe ones before others. */
export function PatternChanges({ sides, totals, onChoose }: Listed) {
  const current = usePatterns(sides.current, MOST);
  const baseline = usePatterns(sides.baseline, MOST);
  const [here, there] = [current.data?.value, baseline.data?.value];
  const scale = scaleOf(sides, totals);
  const found = useMemo(() => here && there && compared(here, there, scale), [here, there, scale]);
  const error = current.error ?? baseline.error;
  const retry = () => void Promise.all([current.refetch(), baseline.refetch()]);
  if (error !== null) return <ErrorBanner error={error} onRetry={retry} />;
  return (
    <div className="changes-of-patterns @container">
      <ChangeList
        title="Patterns of messages"
        changes={found?.changes ?? null}
        totals={sides.sameFilters ? null : totals}
        first={FIRST}
        name={(pattern) => <PatternText pattern={pattern} />}
        levelOf={(pattern) => found?.levels.get(pattern) ?? "info"}
        estimated={here?.sampled || there?.sampled}
        onChoose={(change) => onChoose(change, byQuery(found?.queries.get(change.value) ?? ""))}
      />
    </div>
  );
}

function compared(here: Patterns, there: Patterns, scale: number) {
  const both = [there.patterns, here.patterns];
  const levels = levelsOf(both);
  const level = (pattern: string): Level => levels.get(pattern) ?? "info";
  const [perHere, perThere] = [standsFor(here), standsFor(there)];
  const changes = changesOf(counted(here.patterns), counted(there.patterns), {
    scale,
    weightOf: (pattern) => WEIGHTS[level(pattern)],
    perOf: (pattern) => Math.max(perHere[level(pattern)], perThere[level(pattern)]),
  });
  return { levels, changes, queries: new Map(both.flat().map(({ pattern, q }) => [pattern, q])) };
}

const counted = (patterns: readonly Pattern[]) =>
  countsOf(
    patterns.map(({ pattern, count }) => ({ value: pattern, count })),
    MOST,
  );
