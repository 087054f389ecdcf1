import { expect, it } from "vitest";
import type { KeptAlert } from "../api/responses";
import { byUrgency, groupText, inWords, muteChoices } from "./alert";

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
  expect(words({ kind: "new_pattern" })).toBe("A message of a shape not seen before");
});
it("names a group by its values", () => {
  expect(groupText({ app_key: "shop", "context.host": null })).toBe("shop, none");
  expect(groupText(null)).toBe("");
});
it("puts first what wants attention", () => {
  const alerts = (["ok", "muted", "error", "firing"] as const).map((state) => ({ name: state, state }) as KeptAlert);
  expect(byUrgency(alerts).map((one) => one.name)).toEqual(["firing", "error", "muted", "ok"]);
});
it("mutes until the next morning, or the next Monday's", () => {
  const friday = new Date(2026, 0, 16, 14, 22).getTime();
  const at = (name: string) => new Date(muteChoices(friday).find((one) => one.name.includes(name))?.until ?? 0);
  expect(at("tomorrow")).toEqual(new Date(2026, 0, 17, 9));
  expect(at("Monday")).toEqual(new Date(2026, 0, 19, 9));
  const monday = new Date(2026, 0, 19, 8).getTime();
  expect(muteChoices(monday).some((one) => one.until === new Date(2026, 0, 26, 9).getTime())).toBe(true);
});
