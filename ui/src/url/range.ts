// The time that is looked at: back from now, or between two moments.

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** How far back from now, as the API writes it: 15m, 2h, 7d; or everything. */
export type Last = `${number}${keyof typeof SECONDS}` | "all";
/** Those that are offered. */
export const LASTS = ["5m", "15m", "1h", "6h", "24h", "7d", "30d", "all"] as const satisfies readonly Last[];
/** Moments are ISO 8601; an empty one leaves that end open. */
export type Range = { last: Last } | { from: string; to: string };

export const isLast = (text: string | null): text is Last => /^([1-9]\d{0,5}[smhdw]|all)$/.test(text ?? "");

/** Seconds that a range reaches back; null: everything. */
export function secondsOf(last: Last): number | null {
  if (last === "all") return null;
  return Number(last.slice(0, -1)) * SECONDS[last.slice(-1) as keyof typeof SECONDS];
}

/** When a range begins that ends `now` (ms since 1970): ISO 8601, in 1970 at the earliest; empty: it has no beginning. */
export function startOf(last: Last, now: number): string {
  const seconds = secondsOf(last);
  return seconds === null ? "" : new Date(Math.max(0, now - seconds * 1000)).toISOString();
}

/** From a moment on until just before another, in ms since 1970. */
export const rangeBetween = (from: number, to: number): { from: string; to: string } => ({
  from: new Date(Math.round(from)).toISOString(),
  to: new Date(Math.round(to) - 1).toISOString(),
});

/** A range as two moments, the end of one that counts from now being `now` (ms since 1970). */
export function fixedRange(range: Range, now: number): { from: string; to: string } {
  if (!("last" in range)) return range;
  return { from: startOf(range.last, now), to: new Date(now).toISOString() };
}
