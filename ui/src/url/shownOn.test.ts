import { expect, it } from "vitest";
import type { KeptDashboard, KeptView } from "./kept";
import { showable, shownOn, wallScreen } from "./shownOn";

it("shows the named views in their order, or all", () => {
  const views = ["a", "b", "c"].map((name) => ({ name }));
  const names = (...named: string[]) => shownOn({ names: named, seconds: 30 }, views).map((one) => one.name);
  expect(names("c", "gone", "a")).toEqual(["c", "a"]);
  expect(names()).toEqual(["a", "b", "c"]);
});
it("tells dashboards from views of the same name", () => {
  const all = showable([{ name: "shop" } as KeptView], [{ name: "shop" } as KeptDashboard]);
  expect(all.map(({ name }) => name)).toEqual(["shop", "d/shop"]);
  expect(shownOn({ names: ["d/shop"], seconds: 30 }, all)).toEqual([{ name: "d/shop", dashboard: { name: "shop" } }]);
});

it("shows what arrives unless a view's range has an end", () => {
  const [from, to] = ["2026-01-15T10:00:00Z", "2026-01-15T12:00:00Z"];
  const ranges = ["2h", { from }, { to }, { from, to }];
  expect(ranges.map((range) => wallScreen({ query: {}, range }).live)).toEqual([true, true, false, false]);
});
