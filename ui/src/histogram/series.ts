// What the histogram's bars are made of: levels, or the values of another field, the most frequent and the rest. Pure.
import { type Level, SEVERE_FIRST } from "../entries/entry";

export interface Series {
  /** Under which name its counts are listed. */
  name: string;
  label: string;
  /** The class that has its colour as text and, with `bg-current`, as background. */
  tint: string;
  /** How opaque it is drawn, 0 to 1. */
  strength: number;
}

/** What is common is pale, so that what is wrong stands out. */
const STRENGTH: Record<Level, number> = { debug: 0.35, info: 0.45, notice: 0.55, warning: 0.95, error: 1, critical: 1 };

/** The most severe at the bottom. */
export const LEVEL_SERIES: readonly Series[] = SEVERE_FIRST.map((level) => ({
  name: level,
  label: level,
  tint: `tint-${level}`,
  strength: STRENGTH[level],
}));

/** How many values have a colour of their own. */
export const COLOURS = 6;
/** All other values, and what has none; no value is called so, since these have line ends. */
export const REST = "\nrest";
export const ABSENT = "\nabsent";

/** The most frequent at the bottom, what has no colour of its own on top. */
export function valueSeries(values: readonly string[]): Series[] {
  const coloured = values.slice(0, COLOURS).map((value, index) => ({
    name: value,
    label: value || "(empty)",
    tint: `tint-${index + 1}`,
    strength: 0.85,
  }));
  return [
    ...coloured,
    { name: REST, label: "others", tint: "text-faint", strength: 0.45 },
    { name: ABSENT, label: "without", tint: "text-faint", strength: 0.2 },
  ];
}

/** Values in the order in which they were, so that they keep their colours while they are the same. */
export function steadyOrder(values: readonly string[], before: readonly string[]): readonly string[] {
  const isSame = values.length === before.length && values.every((value) => before.includes(value));
  return isSame ? before : values;
}
