import { expect, it } from "vitest";
import {
  chosenFilters,
  exactValue,
  exactValues,
  valuesOf,
  withFilter,
  withoutValue,
  withToggled,
  withValues,
} from "./filters";

it("lifts a filter with an empty value", () => {
  expect(withFilter({ app_key: "shop", search: "x" }, "search", "")).toEqual({ app_key: "shop" });
  expect(chosenFilters(withFilter({ app_key: "shop" }, "level", "error"))).toEqual([
    ["level", "error"],
    ["app_key", "shop"],
  ]);
});
it("chooses levels in their order, or one in the place of another", () => {
  expect(withToggled({ level: "critical" }, "level", "error")).toEqual({ level: "error,critical" });
  expect(withToggled({ level: "error,critical" }, "level", "error")).toEqual({ level: "critical" });
  expect(withToggled({ level: "critical" }, "level", "error", false)).toEqual({ level: "error" });
  expect(withToggled({ level: "error" }, "level", "error", false)).toEqual({});
});
it("adds up values of every facet, also those with a comma", () => {
  const both = withToggled({ app_key: "shop" }, "app_key", "a,b");
  expect(both).toEqual({ app_key: "shop,a\\,b" });
  expect(valuesOf(both, "app_key")).toEqual(["shop", "a,b"]);
  expect(withoutValue(both, "app_key", "shop")).toEqual({ app_key: "a\\,b" });
  expect(withValues(both, "app_key", ["x"])).toEqual({ app_key: "x" });
  expect(valuesOf({ search: "a,b" }, "search")).toEqual(["a,b"]);
});
it("escapes commas of a value, and tells values apart by the others", () => {
  expect(exactValue("a,b")).toBe("a\\,b");
  expect(exactValues(`${exactValue("a,b")},c`)).toEqual(["a,b", "c"]);
});
