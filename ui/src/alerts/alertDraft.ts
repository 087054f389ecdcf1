// An alert as it is typed, and the alert that comes of it. Pure.
import type { KeptAlert } from "../api/responses";
import { slugOf } from "../text/slug";
import { type Query, queryText } from "../url/kept";
import type { When } from "./alert";

export const KINDS = ["atLeast", "fewer", "each", "new_pattern", "rate"] as const;
export type Kind = (typeof KINDS)[number];

export interface AlertDraft {
  name: string;
  /** The entries it is about, in the search language. */
  text: string;
  kind: Kind;
  n: string;
  times: string;
  window: string;
  days: number;
  groupBy: readonly string[];
  /** One target a line. */
  targets: string;
  /** Empty: it isn't said again. */
  renotify: string;
}

const USUAL: AlertDraft = {
  name: "",
  text: "",
  kind: "atLeast",
  n: "1",
  times: "3",
  window: "5m",
  days: 7,
  groupBy: [],
  targets: "",
  renotify: "",
};

/** A new alert on what a query finds. */
export function draftOn(query: Query): AlertDraft {
  const text = queryText(query);
  const words = slugOf(text.replace(/(^|[\s(-])[\w.]+:/g, "$1"));
  return { ...USUAL, text, name: words.slice(0, 60).replace(/-+$/, "") || "anything" };
}

export function draftOf(alert: KeptAlert): AlertDraft {
  const { when } = alert;
  return {
    ...USUAL,
    name: alert.name,
    text: queryText(alert.query),
    ...drafted(when),
    groupBy: alert.group_by,
    targets: alert.targets.join("\n"),
    renotify: alert.renotify ?? "",
  };
}

function drafted(when: When): Partial<AlertDraft> {
  switch (when.kind) {
    case "count":
      return { kind: when.op === "<" ? "fewer" : "atLeast", n: String(when.n), window: when.window };
    case "rate":
      return { kind: "rate", times: String(Number(when.times)), window: when.window, days: when.days ?? USUAL.days };
    default:
      return { kind: when.kind };
  }
}

/** The condition, or what is wrong with it. */
export function whenOf(draft: AlertDraft): { when: When } | { fault: string } {
  const { kind, window, days } = draft;
  if (kind === "each" || kind === "new_pattern") return { when: { kind } };
  if (kind === "rate") {
    const times = Number(draft.times);
    if (!(times > 0)) return { fault: "How many times as many? Enter a number such as 3 or 1.5" };
    return { when: { kind, times, window, days } };
  }
  const n = Number(draft.n);
  if (!Number.isInteger(n) || n < 1) return { fault: "How many entries? Enter a whole number of at least 1" };
  return { when: { kind: "count", op: kind === "fewer" ? "<" : ">=", n, window } };
}

/** What the draft asks for; as it was given where the text still says the same. */
export const queryOfDraft = ({ text }: AlertDraft, given: Query): Query =>
  text.trim() === queryText(given) ? given : { q: text.trim() };

export const targetsOf = ({ targets }: AlertDraft): string[] =>
  targets
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
