import { useMemo } from "react";
import type { Stats } from "../api/responses";
import { LEVELS, type Level } from "../entries/entry";
import { ChangeList } from "./ChangeList";
import { changesOf } from "./changes";
import { byField, type Listed } from "./narrow";
import { scaleOf } from "./sides";

type ByLevel = Stats["by_level"];

/** What is severe matters more than what is not. */
export const WEIGHTS: Record<Level, number> = { debug: 0.5, info: 1, notice: 1, warning: 1.5, error: 2, critical: 3 };

interface Props extends Listed {
  current: ByLevel | undefined;
  baseline: ByLevel | undefined;
}

export function LevelChanges({ sides, totals, current, baseline, onChoose }: Props) {
  const scale = scaleOf(sides, totals);
  const changes = useMemo(
    () =>
      current &&
      baseline &&
      changesOf(counted(current), counted(baseline), { scale, weightOf: (level) => WEIGHTS[level as Level] }),
    [current, baseline, scale],
  );
  return (
    <ChangeList
      title="Level"
      changes={changes ?? null}
      totals={sides.sameFilters ? null : totals}
      first={LEVELS.length}
      name={(level) => level}
      levelOf={(level) => level as Level}
      onChoose={(change) => onChoose(change, byField("level", change.value))}
    />
  );
}

function counted(levels: ByLevel) {
  return { counts: new Map(Object.entries(levels).filter(([, count]) => count > 0)), rest: 0 };
}
