import type { Level } from "../entries/entry";

/** The level as a word in its colour: the word, not the colour, says which. */
export const LevelBadge = ({ level }: { level: Level }) => levelBadge(level);

/** The same as elements, for rows that are made by the hundred. */
export function levelBadge(level: Level) {
  return <span className={`badge badge-${level} tint-${level}`}>{level}</span>;
}
