// In which order patterns are shown: pure.
import type { Pattern } from "../api/responses";
import { LEVELS, type Level, SEVERE_FIRST } from "../entries/entry";
import type { PatternSort } from "../url/look";

/** The level that most of its entries have; of two, the more severe. */
export function levelOf({ levels }: Pick<Pattern, "levels">): Level {
  return SEVERE_FIRST.reduce((most, level) => (levels[level] > levels[most] ? level : most));
}

const severity = (pattern: Pattern): number => LEVELS.indexOf(levelOf(pattern));

const FIRST: Record<PatternSort, (a: Pattern, b: Pattern) => number> = {
  count: (a, b) => b.count - a.count,
  new: (a, b) => Number(b.new) - Number(a.new) || severity(b) - severity(a) || b.count - a.count,
  severity: (a, b) => severity(b) - severity(a) || b.count - a.count,
  last: (a, b) => Date.parse(b.last) - Date.parse(a.last),
};

export function sorted(patterns: readonly Pattern[], sort: PatternSort): Pattern[] {
  return patterns.toSorted(FIRST[sort]);
}

/** In the order in which they were shown before, so that nothing moves; what is new comes behind. */
export function steady(patterns: readonly Pattern[], before: readonly string[]): Pattern[] {
  const places = new Map(before.map((pattern, index) => [pattern, index]));
  const place = ({ pattern }: Pattern) => places.get(pattern) ?? before.length;
  return patterns.toSorted((a, b) => place(a) - place(b));
}
