import { describe, expect, it } from "vitest";
import { filterOf, listParams, openParams, paramsOf, searchParams, traceOf } from "./question";
import { DEFAULT_VIEW } from "./view";

describe("the parameters", () => {
  const now = Date.UTC(2026, 0, 15, 12);
  it("count quick ranges from now", () => {
    expect(openParams({ ...DEFAULT_VIEW, q: " x ", filters: { level: "error" } }, now)).toEqual({
      q: " x ",
      level: "error",
      date_from: "2026-01-15T11:00:00.000Z",
    });
    expect(paramsOf({ ...DEFAULT_VIEW, at: now }).date_to).toBe("2026-01-15T12:00:00.000Z");
    expect(openParams({ ...DEFAULT_VIEW, range: { last: "all" } }, now)).toEqual({});
    expect(openParams({ ...DEFAULT_VIEW, range: { last: "999999w" } }, now).date_from).toBe("1970-01-01T00:00:00.000Z");
  });
  it("name several categories one by one", () => {
    expect(String(searchParams(filterOf({ q: "", filters: { category: "a\\,b,c", app_key: "x,y" } })))).toBe(
      "app_key=x%2Cy&category=a%2Cb&category=c",
    );
    expect(filterOf({ q: "", filters: { category: "a\\,b" } })).toEqual({ category: "a,b" });
  });
  it("have the order of a list", () => {
    expect(listParams({ ...DEFAULT_VIEW, at: now })).toEqual(paramsOf({ ...DEFAULT_VIEW, at: now }));
    expect(listParams({ ...DEFAULT_VIEW, order: "asc", at: now }).order).toBe("asc");
  });
  it("are about a trace where there is only one", () => {
    expect(traceOf({ filters: { trace_id: "a\\,b" } })).toBe("a,b");
    expect(traceOf({ filters: { trace_id: "a,b" } })).toBeNull();
    expect(traceOf({ filters: {} })).toBeNull();
  });
  it("leave times out of live filters", () => {
    expect(filterOf({ q: "x", filters: { app_key: "shop" } })).toEqual({ q: "x", app_key: "shop" });
  });
});
