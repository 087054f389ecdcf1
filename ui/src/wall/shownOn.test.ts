import { expect, it } from "vitest";
import { shownOn } from "./shownOn";

it("shows the named views in their order, or all", () => {
  const views = ["a", "b", "c"].map((name) => ({ name }));
  const names = (...named: string[]) => shownOn({ names: named, seconds: 30 }, views).map((one) => one.name);
  expect(names("c", "gone", "a")).toEqual(["c", "a"]);
  expect(names()).toEqual(["a", "b", "c"]);
});
