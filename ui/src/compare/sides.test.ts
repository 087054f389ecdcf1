import { expect, it } from "vitest";
import { questionOf } from "../url/question";
import { DEFAULT_VIEW, type View } from "../url/view";
import { sidesOf } from "./sides";

const AT = Date.UTC(2026, 0, 15, 12);
const asked = (view: Partial<View> = {}) =>
  questionOf({ ...DEFAULT_VIEW, q: "x", filters: { app_key: "shop" }, ...view }, AT);

it("compares a range with the one before, as long and without an entry in both", () => {
  expect(sidesOf(asked(), { shift: "range" }, AT)).toMatchObject({
    current: { kind: "search", q: "x", range: { from: "2026-01-15T11:00:00.000Z", to: "2026-01-15T12:00:00.000Z" } },
    baseline: {
      q: "x",
      filters: { app_key: "shop" },
      range: { from: "2026-01-15T10:00:00.000Z", to: "2026-01-15T10:59:59.999999Z" },
    },
    sameFilters: true,
  });
});
it("compares with the same time of another day", () => {
  const range = { from: "2026-01-15T08:00:00.000Z", to: "" };
  expect(sidesOf(asked({ range }), { shift: "1d" }, AT)?.baseline.range).toEqual({
    from: "2026-01-14T08:00:00.000Z",
    to: "2026-01-14T12:00:00.000Z",
  });
  expect(sidesOf(asked(), { shift: "7d" }, AT)?.baseline.range).toEqual({
    from: "2026-01-08T11:00:00.000Z",
    to: "2026-01-08T12:00:00.000Z",
  });
});
it("compares with what another query finds at the same time, in any range", () => {
  const sides = sidesOf(asked({ range: { last: "all" } }), { q: "level:error" }, AT);
  expect(sides?.baseline).toMatchObject({ q: "level:error", filters: {}, range: sides?.current.range });
  expect(sides?.sameFilters).toBe(false);
});
it("has nothing to compare all time with", () => {
  expect(sidesOf(asked({ range: { last: "all" } }), { shift: "range" }, AT)).toBeNull();
});
