// A retention policy, as the server describes it, and what it says in words. Pure.
import type { components } from "../api/schema";

export type Policy = components["schemas"]["Policy"];

export const CRITERIA = ["app_key", "app_id", "level", "category", "message_glob", "message_regex"] as const;
export type Criterion = (typeof CRITERIA)[number];

export const CRITERION_NAMES: Record<Criterion, string> = {
  app_key: "Application",
  app_id: "Environment",
  level: "Level",
  category: "Category",
  message_glob: "Message glob",
  message_regex: "Message regex",
};

export const POLICIES_PATH = "/api/retention/policies";
export const policyPath = (name: string): string => `${POLICIES_PATH}/${encodeURIComponent(name)}`;

/** A line such as: older than 30 days, level debug. Empty for a policy that deletes nothing. */
export function inWords(policy: Policy): string {
  const parts = CRITERIA.filter((name) => policy[name]).map(
    (name) => `${CRITERION_NAMES[name].toLowerCase()} ${policy[name]}`,
  );
  const days = policy.older_than_days;
  if (days) parts.unshift(`older than ${days} ${days === 1 ? "day" : "days"}`);
  return parts.join(", ");
}
