import { expect, it } from "vitest";
import { inWords } from "./policy";
import { draftOf, policyOf } from "./policyDraft";

it("says what a policy deletes", () => {
  expect(inWords({ name: "old", level: "debug", older_than_days: 1 })).toBe("older than 1 day, level debug");
  expect(inWords({ name: "none" })).toBe("");
});
it("makes a policy of what is typed, or says what is wrong", () => {
  expect(policyOf({ ...draftOf(null), name: " old ", level: "debug", older_than_days: "30" })).toEqual({
    policy: { name: "old", level: "debug", older_than_days: 30 },
  });
  expect(policyOf(draftOf(null))).toHaveProperty("fault");
  expect(policyOf({ ...draftOf(null), name: "x" })).toHaveProperty("fault");
  expect(policyOf({ ...draftOf(null), name: "x", older_than_days: "0" })).toHaveProperty("fault");
});
