import { expect, it } from "vitest";
import type { Pattern } from "../api/responses";
import { byLevel } from "../entries/entry";
import { levelsOf, standsFor } from "./sampling";

const pattern = (name: string, level: "info" | "error", count: number) =>
  ({ pattern: name, count, levels: { ...byLevel(() => 0), [level]: count } }) as Pattern;

it("knows what each entry of a sample stands for, level by level", () => {
  const patterns = [pattern("a", "info", 900_000), pattern("b", "info", 40), pattern("c", "error", 90)];
  expect(standsFor({ patterns, sampled: false })).toMatchObject({ info: 1, error: 1 });
  expect(standsFor({ patterns, sampled: true })).toMatchObject({ info: 40, error: 1 });
  expect(standsFor({ patterns: patterns.slice(0, 1), sampled: true }).info).toBe(900_000 / 8000);
});
it("knows the level of a pattern from whichever side has it, the last of them first", () => {
  const levels = levelsOf([[pattern("a", "info", 1), pattern("b", "info", 1)], [pattern("a", "error", 1)]]);
  expect(Object.fromEntries(levels)).toEqual({ a: "error", b: "info" });
});
