// What a link to share says: the screen as it is now, whenever it is opened. Pure.
import { fixedRange } from "./range";
import type { View } from "./view";

/** What a link needs to know of the entry that it opens. */
export interface Linked {
  id: string;
  /** ISO 8601. */
  timestamp: string;
}

/** The view with its range as two moments, which the entry lies between. A link to an entry opens it in the list, among its neighbours. */
export function linkedView(view: View, now: number, entry: Linked | null = null): View {
  const range = fixedRange(view.range, now);
  const linked = { ...view, range, live: false };
  if (entry === null) return linked;
  const { from, to } = range;
  return {
    ...linked,
    show: "entries",
    entry: entry.id,
    range: {
      from: from && entry.timestamp < from ? entry.timestamp : from,
      to: to && entry.timestamp > to ? entry.timestamp : to,
    },
  };
}
