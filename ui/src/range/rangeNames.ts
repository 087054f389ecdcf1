import { clockAt } from "../time/format";
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
  const shown = (text: string) => {
    const moment = Date.parse(text);
    if (Number.isNaN(moment)) return { date: text, time: "" };
    const { date, time } = clockAt(moment, zone);
    return { date, time: time.slice(0, 8) };
  };
  const from = range.from ? shown(range.from) : null;
  const to = range.to ? shown(range.to) : null;
  if (from && to) return `${from.date} ${from.time} – ${from.date === to.date ? "" : `${to.date} `}${to.time}`;
  if (from) return `From ${from.date} ${from.time}`;
  return `Until ${to?.date} ${to?.time}`;
}
