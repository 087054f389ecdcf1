// A policy as it is typed, and the policy that comes of it. Pure.
import { CRITERIA, type Criterion, inWords, type Policy } from "./policy";

export type PolicyDraft = Record<Criterion | "name" | "older_than_days", string>;

export function draftOf(policy: Policy | null): PolicyDraft {
  const criteria = Object.fromEntries(CRITERIA.map((name) => [name, policy?.[name] ?? ""])) as Record<
    Criterion,
    string
  >;
  const days = policy?.older_than_days;
  return { ...criteria, name: policy?.name ?? "", older_than_days: days ? String(days) : "" };
}

/** The policy, or what is wrong with the draft. */
export function policyOf(draft: PolicyDraft): { policy: Policy } | { fault: string } {
  const policy: Policy = { name: draft.name.trim() };
  if (!policy.name) return { fault: "Give the policy a name" };
  for (const name of CRITERIA) if (draft[name].trim()) policy[name] = draft[name].trim();
  if (draft.older_than_days.trim()) {
    const days = Number(draft.older_than_days);
    if (!Number.isInteger(days) || days < 1) return { fault: "Days must be a whole number, at least 1" };
    policy.older_than_days = days;
  }
  if (inWords(policy) === "") return { fault: "Without a criterion the policy would delete nothing" };
  return { policy };
}
