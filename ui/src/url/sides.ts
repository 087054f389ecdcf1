// Screens beside each other in the address, each as the query string that it has alone: pure, both ways.
import { formatView, parseView } from "./view";

export const MOST_SIDES = 4;

export interface Sides {
  /** Their query strings. */
  screens: readonly string[];
  /** The index of the one that has the keys, and a small window to itself. */
  current: number;
}

/** Null where the address asks for a single screen. */
export function readSides(search: string): Sides | null {
  const given = new URLSearchParams(search);
  const screens = given.getAll("side").slice(0, MOST_SIDES);
  if (screens.length < 2) return null;
  const current = Number(given.get("at") ?? 1) - 1;
  return {
    screens: screens.map((screen) => formatView({ ...parseView(screen), page: "logs" })),
    current: screens[current] === undefined ? 0 : current,
  };
}

/** The screen once more, for a place beside it: nothing is opened there. */
export const beside = (screen: string): string => formatView({ ...parseView(screen), entry: null });

/** A screen that is alone has its own address. */
export function writeSides({ screens, current }: Sides): string {
  const [first = "", ...others] = screens;
  if (others.length === 0) return first;
  const made = new URLSearchParams(screens.map((screen) => ["side", screen.replace("?", "")]));
  if (current > 0) made.set("at", String(current + 1));
  return `?${made}`;
}
