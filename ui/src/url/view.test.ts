import { describe, expect, it } from "vitest";
import { changeView, DEFAULT_VIEW, formatView, parseView, type View } from "./view";

describe("the view in the address", () => {
  it("is empty for the default", () => {
    expect(formatView(DEFAULT_VIEW)).toBe("");
    expect(parseView("")).toEqual(DEFAULT_VIEW);
  });
  it("survives the way there and back", () => {
    const views: View[] = [
      {
        ...DEFAULT_VIEW,
        q: 'a & "b" é 日志 +',
        filters: { level: "error,critical", app_key: "shop" },
        live: false,
        entry: "01A",
      },
      {
        ...DEFAULT_VIEW,
        range: { from: "2026-01-15T14:22:00.000Z", to: "" },
        live: false,
        around: "01B",
        statistics: true,
      },
      { ...DEFAULT_VIEW, range: { last: "all" }, page: "retention" },
      { ...DEFAULT_VIEW, live: false, order: "asc" },
      { ...DEFAULT_VIEW, highlights: ["a,b", "/node-\\d+/"], marks: ["01A", "01B"] },
      { ...DEFAULT_VIEW, table: { columns: [{ name: "message", width: 300 }], wrap: true, density: "compact" } },
    ];
    for (const view of views) expect(parseView(formatView(view))).toEqual(view);
  });
  it("still knows a page by its former name", () => {
    expect(parseView("?page=applications").page).toBe("clients");
  });
  it("takes nonsense for the default", () => {
    expect(parseView("?last=9y&page=x&level=&token=secret")).toEqual(DEFAULT_VIEW);
    expect(formatView(parseView("?token=secret"))).toBe("");
  });
  it("ends live with an absolute range, and an absolute range with live", () => {
    const fixed = changeView(DEFAULT_VIEW, { range: { from: "2026-01-15T14:22:00.000Z", to: "" } });
    expect(fixed.live).toBe(false);
    expect(changeView(fixed, { live: true })).toMatchObject({ live: true, range: { last: "1h" } });
  });
  it("ends live with the oldest first, and the oldest first with live", () => {
    const oldest = changeView(DEFAULT_VIEW, { order: "asc" });
    expect(oldest.live).toBe(false);
    expect(changeView(oldest, { live: true })).toEqual(DEFAULT_VIEW);
  });
});
