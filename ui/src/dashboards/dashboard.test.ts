import { describe, expect, it } from "vitest";
import { parseView } from "../url/view";
import { type Asked, askedBy, askedOfStats, type Panel, panelTitle, paramsBefore, searchBehind } from "./dashboard";
import { changeText, numberText } from "./numbers";

const place = { x: 0, y: 0, w: 6, h: 6 };
const asked: Asked = { q: "card OR cash", filters: { app_key: "shop" }, range: { last: "1h" } };

describe("what a panel asks", () => {
  it("is what its dashboard asks, and its own filters beside it", () => {
    const panel: Panel = { kind: "counts", query: { level: "error,critical", q: "refused" }, ...place };
    expect(askedBy(panel, asked)).toEqual({ ...asked, q: "(card OR cash) refused level:error,critical" });
    expect(askedBy({ kind: "levels", ...place }, asked)).toEqual(asked);
  });
  it("is as fine as the panel is wide", () => {
    expect(askedOfStats({ kind: "counts", ...place })).toEqual({ buckets: "36" });
    expect(askedOfStats({ kind: "counts", split: "app_key", ...place })).toMatchObject({ split: "app_key" });
    expect(askedOfStats({ kind: "top", field: "context.a", ...place })).toMatchObject({ split: "context.a" });
    expect(askedOfStats({ kind: "metric", metric: "avg(context.ms)", split: "level", ...place })).toMatchObject({
      metric: "avg(context.ms)",
      split: "level",
    });
  });
  it("is compared with the time before, where there is one", () => {
    const at = Date.parse("2026-01-15T14:00:00Z");
    expect(paramsBefore(asked, at)).toMatchObject({
      date_from: "2026-01-15T12:00:00.000Z",
      date_to: "2026-01-15T12:59:59.999999Z",
    });
    expect(paramsBefore({ ...asked, range: { last: "all" } }, at)).toBeNull();
  });
});
it("leads to the entries behind a value, and behind a bar", () => {
  expect(parseView(searchBehind(asked, { field: "level", value: "error" }))).toMatchObject({
    page: "logs",
    q: "card OR cash",
    filters: { app_key: "shop", level: "error" },
    range: { last: "1h" },
    live: true,
  });
  expect(parseView(searchBehind(asked, { from: 0, to: 60_000 }))).toMatchObject({
    range: { from: "1970-01-01T00:00:00.000Z", to: "1970-01-01T00:00:59.999Z" },
    live: false,
  });
});
it("calls panels by what they show", () => {
  const titles = (
    [
      { kind: "counts" },
      { kind: "counts", split: "app_key" },
      { kind: "top", field: "context.user.id" },
      { kind: "top", field: "category" },
      { kind: "number" },
      { kind: "metric", metric: "p95(context.ms)" },
      { kind: "levels", title: "How bad" },
    ] as const
  ).map((panel) => panelTitle({ ...panel, ...place }));
  expect(titles).toEqual([
    "Entries over time",
    "Entries by application",
    "Top user.id",
    "Top categories",
    "Entries",
    "p95 of ms",
    "How bad",
  ]);
});
it("writes numbers as exactly as they are read", () => {
  expect([0, 0.01234, 1.239, 12.34, 123.4, 1234.5, 45_678, 2_500_000].map((one) => numberText(one))).toEqual([
    "0",
    "0.012",
    "1.24",
    "12.3",
    "123",
    "1,235",
    "46 k",
    "2.5 M",
  ]);
  expect(numberText(12.34, "ms")).toBe("12.3 ms");
  expect([changeText(12, 10), changeText(5, 10), changeText(10.01, 10), changeText(3, 0), changeText(0, 0)]).toEqual([
    "+20 %",
    "−50 %",
    "as before",
    "none before",
    "as before",
  ]);
});
