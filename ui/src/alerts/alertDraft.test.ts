import { expect, it } from "vitest";
import type { KeptAlert } from "../api/responses";
import { draftOf, draftOn, queryOfDraft, targetsOf, whenOf } from "./alertDraft";

const KEPT = {
  name: "errors",
  query: { level: "error" },
  group_by: ["app_key"],
  targets: ["slack://****", "https://example.com/hook"],
  renotify: null,
} as const;
const kept = (when: KeptAlert["when"]) => ({ ...KEPT, when }) as unknown as KeptAlert;

it("begins with the query of the screen and a name of it", () => {
  const draft = draftOn({ level: "error,critical", q: "card declined" });
  expect([draft.name, draft.text]).toEqual(["card-declined-error-critical", "card declined level:error,critical"]);
  expect(whenOf(draft)).toEqual({ when: { kind: "count", op: ">=", n: 1, window: "5m" } });
  expect(draftOn({}).name).toBe("anything");
});
it("comes back as it was", () => {
  const conditions: KeptAlert["when"][] = [
    { kind: "count", op: "<", n: 3, window: "1h" },
    { kind: "rate", times: 1.5, window: "7d", days: 14 },
    { kind: "each" },
    { kind: "new_pattern" },
  ];
  for (const when of conditions) expect(whenOf(draftOf(kept(when)))).toEqual({ when });
  const draft = draftOf(kept({ kind: "each" }));
  expect(targetsOf(draft)).toEqual(KEPT.targets);
  expect(queryOfDraft(draft, KEPT.query)).toBe(KEPT.query);
  expect(queryOfDraft({ ...draft, text: "cash" }, KEPT.query)).toEqual({ q: "cash" });
});
it("says what is wrong", () => {
  const draft = draftOn({});
  for (const n of ["", "0", "1.5", "many"]) expect(whenOf({ ...draft, n })).toHaveProperty("fault");
  expect(whenOf({ ...draft, kind: "rate", times: "-1" })).toHaveProperty("fault");
});
