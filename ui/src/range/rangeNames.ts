import { type Clock, clockAt } from "../time/format";
import type { Last, Range } from "../url/range";

export const LAST_NAMES: Record<Last, string> = {
  "5m": "Last 5 minutes",
  "15m": "Last 15 minutes",
  "1h": "Last hour",
  "6h": "Last 6 hours",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  all: "All time",
};

/** A range in words, in a zone's time; what both ends have in common is said once. */
export function rangeName(range: Range, zone: string | undefined): string {
  if ("last" in range) return LAST_NAMES[range.last];
  const from = clockOf(range.from, zone);
  const to = clockOf(range.to, zone);
  if (range.from === "") return `Until ${to.date} ${to.time}`;
  if (range.to === "") return `From ${from.date} ${from.time}`;
  const end = from.date === to.date ? to.time : `${to.date} ${to.time}`;
  return `${from.date} ${from.time} – ${end}`;
}

/** To the second; a text that is no time stands as it is. */
function clockOf(text: string, zone: string | undefined): Clock {
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) return { date: text, time: "" };
  const { date, time } = clockAt(moment, zone);
  return { date, time: time.slice(0, 8) };
}
