import type { Against, Shift } from "../url/look";
import type { Range } from "../url/range";

export const SHIFT_NAMES: Record<Shift, string> = {
  range: "The same length of time just before",
  "1d": "The same time a day before",
  "7d": "The same time a week before",
};

const BEFORE: Record<string, string> = {
  "5m": "The 5 minutes before",
  "15m": "The 15 minutes before",
  "1h": "The hour before",
  "6h": "The 6 hours before",
  "24h": "The 24 hours before",
  "7d": "The 7 days before",
  "30d": "The 30 days before",
};

/** What is compared with, as a heading of its side. */
export function againstName(against: Against, range: Range): string {
  if ("q" in against) return against.q || "All entries";
  if (against.shift !== "range") return SHIFT_NAMES[against.shift];
  return ("last" in range && BEFORE[range.last]) || "The time just before";
}
