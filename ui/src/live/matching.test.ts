import { expect, it } from "vitest";
import type { LogEntry } from "../entries/entry";
import { matches } from "./matching";

const entry = {
  app_key: "shop",
  level: "error",
  category: "Payments",
  message: "Card DECLINED",
  user_agent: null,
} as LogEntry;

it("filters as the API does", () => {
  expect(matches(entry, { app_key: "shop", level: "error,critical", category: "pay", search: "declined" })).toBe(true);
  expect(matches(entry, { app_key: "Shop" })).toBe(false);
  expect(matches(entry, { app_key: "bar,shop", category: ["login", "pay"] })).toBe(true);
  expect(matches(entry, { min_level: "critical" })).toBe(false);
  expect(matches(entry, { user_agent: "curl" })).toBe(false);
});
