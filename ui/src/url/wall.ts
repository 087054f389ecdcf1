// A wall in the address: which views and dashboards take turns on it, and for how long. Pure. No key is ever part of it.

export interface Wall {
  /** Names of views, and of dashboards as their places are written, `d/checkout`; empty: all there are. */
  names: readonly string[];
  /** How long each is shown. */
  seconds: number;
}

export const TURNS = [10, 20, 30, 60, 300] as const;
const USUAL = 30;
/** A timer of the browser that waits for longer than 2^31 ms does not wait at all. */
const LONGEST = 86_400;

/** Null: the address asks for no wall. */
export function readWall(search: string): Wall | null {
  const given = new URLSearchParams(search);
  const names = given.get("wall");
  if (names === null) return null;
  const seconds = Number(given.get("every"));
  return {
    names: names.split(",").filter((name) => name !== "" && name !== "all"),
    seconds: Number.isInteger(seconds) && seconds >= 2 ? Math.min(seconds, LONGEST) : USUAL,
  };
}

export function writeWall({ names, seconds }: Wall): string {
  const made = new URLSearchParams({ wall: names.join(",") || "all" });
  if (seconds !== USUAL) made.set("every", String(seconds));
  return `?${made.toString().replaceAll("%2C", ",").replaceAll("%2F", "/")}`;
}
