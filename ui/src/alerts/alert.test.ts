import { expect, it } from "vitest";
import type { KeptAlert } from "../api/responses";
import { byUrgency, groupText, inWords, MUTES } from "./alert";

it("says when it fires", () => {
  const words = (when: KeptAlert["when"], ...group_by: string[]) => inWords({ when, group_by });
  expect(words({ kind: "count", op: ">=", n: 5, window: "5m" }, "app_key", "context.host")).toBe(
    "5 entries or more within 5 minutes, for each application and host",
  );
  expect(words({ kind: "count", op: "<", n: 1, window: "1h" })).toBe("No entry within an hour");
  expect(words({ kind: "count", op: "<", n: 1000, window: "1m" })).toBe("Fewer than 1,000 entries within a minute");
  expect(words({ kind: "rate", times: 3, window: "1h", days: 7 })).toBe(
    "3 times as many within an hour as usual at that time",
  );
  expect(words({ kind: "new_pattern" })).toBe("A message of a pattern not seen before");
});
it("names a group by its values", () => {
  expect(groupText({ app_key: "shop", "context.host": null })).toBe("shop, none");
  expect(groupText(null)).toBe("");
});
it("puts first what wants attention", () => {
  const alerts = (["ok", "muted", "error", "firing"] as const).map((state) => ({ name: state, state }) as KeptAlert);
  expect(byUrgency(alerts).map((one) => one.name)).toEqual(["firing", "error", "muted", "ok"]);
});
it("mutes for some hours, until the next morning, or the next Monday's, from when that is chosen", () => {
  const at = (name: string, now: Date) =>
    new Date(MUTES.find((one) => one.name.includes(name))?.until(now.getTime()) ?? 0);
  const friday = new Date(2026, 0, 16, 14, 22);
  expect(at("1 hour", friday)).toEqual(new Date(2026, 0, 16, 15, 22));
  expect(at("1 hour", new Date(2026, 0, 16, 14, 32))).toEqual(new Date(2026, 0, 16, 15, 32));
  expect(at("tomorrow", friday)).toEqual(new Date(2026, 0, 17, 9));
  expect(at("Monday", friday)).toEqual(new Date(2026, 0, 19, 9));
  expect(at("Monday", new Date(2026, 0, 19, 8))).toEqual(new Date(2026, 0, 26, 9));
});
