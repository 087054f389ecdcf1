// What estimates say: where patterns are counted in a sample, each entry that was looked at stands for several. Pure.
import type { Pattern, Patterns } from "../api/responses";
import { byLevel, type Level } from "../entries/entry";
import { levelOf } from "../patterns/order";

/** At least so many entries of each level are looked at, or all. */
const LOOKED_AT = 8000;

/**
 * How many entries of a level each one that was looked at stands for, at most: the server doesn't say it. Two bounds are
 * known: how many there are of the level by how many are looked at, and the least that a pattern of the level has.
 */
export function standsFor({ patterns, sampled }: Pick<Patterns, "patterns" | "sampled">): Record<Level, number> {
  if (!sampled) return byLevel(() => 1);
  return byLevel((level) => {
    const entries = patterns.reduce((sum, pattern) => sum + pattern.levels[level], 0);
    const least = patterns.filter((pattern) => levelOf(pattern) === level).map(({ count }) => count);
    return Math.max(1, Math.min(entries / LOOKED_AT, ...least));
  });
}

/** By pattern, the level that most of its entries have, on whichever side it is. */
export function levelsOf(lists: readonly (readonly Pattern[])[]): Map<string, Level> {
  return new Map(lists.flat().map((one) => [one.pattern, levelOf(one)]));
}
