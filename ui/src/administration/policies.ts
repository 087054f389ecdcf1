// What a policy says, in words, and a policy from what is typed. Pure.
import type { Policy } from "./types";

export const CRITERIA = ["app_key", "app_id", "level", "category", "message_glob", "message_regex"] as const;
export type Criterion = (typeof CRITERIA)[number];

export const CRITERION_NAMES: Record<Criterion, string> = {
  app_key: "Application",
  app_id: "Environment",
  level: "Level",
  category: "Category",
  message_glob: "Message like",
  message_regex: "Message matches",
};

/** A line such as: older than 30 days, Level debug. Empty for a policy that deletes nothing. */
export function inWords(policy: Policy): string {
  const parts = CRITERIA.filter((name) => policy[name]).map(
    (name) => `${CRITERION_NAMES[name].toLowerCase()} ${policy[name]}`,
  );
  const days = policy.older_than_days;
  if (days) parts.unshift(`older than ${days} ${days === 1 ? "day" : "days"}`);
  return parts.join(", ");
}

export type Draft = Record<Criterion | "name" | "older_than_days", string>;

export function draftOf(policy: Policy | null): Draft {
  const draft = Object.fromEntries(CRITERIA.map((name) => [name, policy?.[name] ?? ""])) as Record<Criterion, string>;
  return {
    ...draft,
    name: policy?.name ?? "",
    older_than_days: policy?.older_than_days ? String(policy.older_than_days) : "",
  };
}

/** The policy, or what is wrong with the draft. */
export function policyOf(draft: Draft): { policy: Policy } | { fault: string } {
  const policy: Policy = { name: draft.name.trim() };
  if (!policy.name) return { fault: "A policy needs a name" };
  for (const name of CRITERIA) if (draft[name].trim()) policy[name] = draft[name].trim();
  if (draft.older_than_days.trim()) {
    const days = Number(draft.older_than_days);
    if (!Number.isInteger(days) || days < 1) return { fault: "Days are a whole number, at least 1" };
    policy.older_than_days = days;
  }
  if (inWords(policy) === "") return { fault: "Without a criterion a policy deletes nothing" };
  return { policy };
}
