import { isError, type Level } from "../entries/entry";

/** The level as a word in its colour: the word, not the colour, says which. */
export function LevelBadge({ level }: { level: Level }) {
  const heavy = isError(level);
  return <span className={`tint-${level} text-xs ${heavy ? "font-semibold" : "font-medium"}`}>{level}</span>;
}
