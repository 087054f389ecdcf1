// An alert as the server describes it, and what it says in words. Pure.
import type { KeptAlert } from "../api/responses";
import { entryCount } from "../text/count";
import { durationName } from "../time/duration";

export type When = KeptAlert["when"];
type State = KeptAlert["state"];

/** A span as it stands behind "within": a minute, 5 minutes. */
const within = (duration: string): string =>
  durationName(duration)
    .replace(/^1 (?=h)/, "an ")
    .replace(/^1 /, "a ");

const FIELD_NAMES: Record<string, string> = {
  app_key: "application",
  app_id: "environment",
  level: "level",
  category: "category",
  user_agent: "user agent",
  trace_id: "trace",
  batch_id: "batch",
};

export const fieldName = (field: string): string => FIELD_NAMES[field] ?? field.replace(/^context\./, "");

/** When it fires: 5 errors or more within 5 minutes, for each application. */
export function inWords({ when, group_by }: Pick<KeptAlert, "when" | "group_by">): string {
  const each = group_by.length > 0 ? `, for each ${group_by.map(fieldName).join(" and ")}` : "";
  return whenWords(when) + each;
}

function whenWords(when: When): string {
  switch (when.kind) {
    case "count":
      if (when.op === "<" && when.n === 1) return `No entry within ${within(when.window)}`;
      if (when.op === "<") return `Fewer than ${entryCount(when.n)} within ${within(when.window)}`;
      return `${entryCount(when.n)} or more within ${within(when.window)}`;
    case "each":
      return "Every entry";
    case "new_pattern":
      return "A message of a pattern not seen before";
    case "rate":
      return `${Number(when.times)} times as many within ${within(when.window)} as usual at that time`;
  }
}

/** A group's values: shop, production. */
export const groupText = (group: Record<string, string | null> | null | undefined): string =>
  Object.values(group ?? {})
    .map((value) => value ?? "none")
    .join(", ");

const URGENCY: Record<State, number> = { firing: 0, error: 1, muted: 2, ok: 3 };

/** What wants attention first. */
export function byUrgency(alerts: readonly KeptAlert[]): KeptAlert[] {
  return [...alerts].sort((a, b) => URGENCY[a.state] - URGENCY[b.state] || a.name.localeCompare(b.name));
}

const HOUR = 3_600_000;

/** Until when an alert is muted at one click, in words, and in ms since 1970 if that is clicked `now`. */
export const MUTES: readonly { name: string; until: (now: number) => number }[] = [
  { name: "For 1 hour", until: (now) => now + HOUR },
  { name: "For 4 hours", until: (now) => now + 4 * HOUR },
  { name: "Until tomorrow, 9:00", until: (now) => morning(now, 1) },
  { name: "Until Monday, 9:00", until: (now) => morning(now, (8 - new Date(now).getDay()) % 7 || 7) },
  { name: "For 30 days", until: (now) => now + 720 * HOUR },
];

/** Nine o'clock of this machine's zone, so many days on. */
function morning(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days, 9).getTime();
}
