import { expect, it } from "vitest";
import type { Pattern } from "../api/responses";
import { byLevel } from "../entries/entry";
import { levelOf, sorted, steady } from "./order";

function pattern(name: string, counts: Partial<Pattern["levels"]>, over: Partial<Pattern> = {}): Pattern {
  const levels = { ...byLevel(() => 0), ...counts };
  const count = Object.values(levels).reduce((sum, one) => sum + one, 0);
  return { pattern: name, levels, count, last: "2026-01-15T14:22:00.000Z", new: false, ...over } as Pattern;
}

const many = pattern("many", { info: 100 }, { last: "2026-01-15T14:22:01.000Z" });
const failed = pattern("failed", { error: 5, info: 1 });
const added = pattern("added", { info: 9 }, { new: true });
const broken = pattern("broken", { critical: 1 }, { new: true });
const names = (list: Pattern[]) => list.map((one) => one.pattern).join(" ");

it("knows the level that most have, and the more severe of two", () => {
  expect(levelOf(failed)).toBe("error");
  expect(levelOf(pattern("", { info: 3, error: 3 }))).toBe("error");
});
it("sorts by count, by what is new, by severity and by when it was seen last", () => {
  const given = [failed, added, many, broken];
  expect(names(sorted(given, "count"))).toBe("many added failed broken");
  expect(names(sorted(given, "new"))).toBe("broken added failed many");
  expect(names(sorted(given, "severity"))).toBe("broken failed many added");
  expect(names(sorted(given, "last"))).toBe("many failed added broken");
});
it("leaves every pattern where it was seen", () => {
  expect(names(steady([broken, many, failed], ["failed", "gone", "many"]))).toBe("failed many broken");
});
