import { durationName } from "../time/duration";
import { type Clock, clockAt } from "../time/format";
import type { Last, Range } from "../url/range";

/** Last 2 hours, Last week, All time. */
export const lastName = (last: Last): string =>
  last === "all" ? "All time" : `Last ${durationName(last).replace(/^1 /, "")}`;

/** A range in words, in a zone's time; what both ends have in common is said once. */
export function rangeName(range: Range, zone: string | undefined): string {
  if ("last" in range) return lastName(range.last);
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
