import { expect, it } from "vitest";
import { byField, byQuery, countsOf } from "./narrow";

it("looks at a value alone, whatever was filtered of its field", () => {
  const asked = { q: "-app_key:shop x", filters: { app_key: "auth", level: "error" } };
  expect(byField("app_key", "shop")(asked)).toEqual({ q: "x", filters: { app_key: "shop", level: "error" } });
  expect(byField("context.user.id", "7")(asked).q).toBe("-app_key:shop x context.user.id:7");
  expect(byQuery('pattern:"a <n>"')({ q: "", filters: {} })).toEqual({ q: 'pattern:"a <n>"', filters: {} });
});
it("knows how many a value may have that is not listed", () => {
  const values = [
    { value: "a", count: 9 },
    { value: "b", count: 2 },
  ];
  expect(countsOf(values, 3).rest).toBe(0);
  expect(countsOf(values, 2)).toEqual({ counts: new Map(Object.entries({ a: 9, b: 2 })), rest: 2 });
});
