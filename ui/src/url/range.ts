// The time that is looked at: back from now, or between two moments.

export const LASTS = ["5m", "15m", "1h", "6h", "24h", "7d", "30d", "all"] as const;
export type Last = (typeof LASTS)[number];
/** Moments are ISO 8601; an empty one leaves that end open. */
export type Range = { last: Last } | { from: string; to: string };

const SECONDS = { m: 60, h: 3600, d: 86400 };

/** Seconds that a quick range reaches back; null: everything. */
export function secondsOf(last: Last): number | null {
  if (last === "all") return null;
  return Number(last.slice(0, -1)) * SECONDS[last.slice(-1) as keyof typeof SECONDS];
}

/** A range as two moments, the end of one that counts from now being `now` (ms since 1970). */
export function fixedRange(range: Range, now: number): { from: string; to: string } {
  if (!("last" in range)) return range;
  const seconds = secondsOf(range.last);
  const from = seconds === null ? "" : new Date(now - seconds * 1000).toISOString();
  return { from, to: new Date(now).toISOString() };
}
