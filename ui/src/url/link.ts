// What a link to share says: the screen as it is now, whenever it is opened. Pure.
import { secondsOf } from "./range";
import type { View } from "./view";

/** What a link needs to know of the entry that it opens. */
export interface Linked {
  id: string;
  /** ISO 8601. */
  timestamp: string;
}

/** The view with its range as two moments, which the entry lies between. A link to an entry opens it among its neighbours. */
export function linkedView(view: View, now: number, entry: Linked | null = null): View {
  const range = "last" in view.range ? fixed(view.range.last, now) : view.range;
  const linked = { ...view, range, live: false };
  if (entry === null) return linked;
  const { from, to } = range;
  return {
    ...linked,
    entry: entry.id,
    range: {
      from: from && entry.timestamp < from ? entry.timestamp : from,
      to: to && entry.timestamp > to ? entry.timestamp : to,
    },
  };
}

function fixed(last: Parameters<typeof secondsOf>[0], now: number): { from: string; to: string } {
  const seconds = secondsOf(last);
  const from = seconds === null ? "" : new Date(now - seconds * 1000).toISOString();
  return { from, to: new Date(now).toISOString() };
}
