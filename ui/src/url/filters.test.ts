import { expect, it } from "vitest";
import { chosenFilters, exactValue, exactValues, withFilter, withLevelToggled } from "./filters";

it("lifts a filter with an empty value", () => {
  expect(withFilter({ app_key: "shop", search: "x" }, "search", "")).toEqual({ app_key: "shop" });
  expect(chosenFilters(withFilter({ app_key: "shop" }, "level", "error"))).toEqual([
    ["level", "error"],
    ["app_key", "shop"],
  ]);
});
it("chooses levels in their order, or one in the place of another", () => {
  expect(withLevelToggled({ level: "critical" }, "error", true)).toEqual({ level: "error,critical" });
  expect(withLevelToggled({ level: "error,critical" }, "error", true)).toEqual({ level: "critical" });
  expect(withLevelToggled({ level: "critical" }, "error", false)).toEqual({ level: "error" });
  expect(withLevelToggled({ level: "error" }, "error", false)).toEqual({});
});
it("escapes commas of a value, and tells values apart by the others", () => {
  expect(exactValue("a,b")).toBe("a\\,b");
  expect(exactValues(`${exactValue("a,b")},c`)).toEqual(["a,b", "c"]);
});
