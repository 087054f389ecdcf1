import type { Level } from "../entries/entry";

/** The level as a word in its colour: the word, not the colour, says which. */
export function LevelBadge({ level }: { level: Level }) {
  return <span className={`badge badge-${level} tint-${level}`}>{level}</span>;
}
