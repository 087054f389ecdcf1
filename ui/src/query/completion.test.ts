import { describe, expect, it } from "vitest";
import { complete, completionAt, pathsOf, suggestLevels, suggestNames, suggestValues } from "./completion";

describe("completion", () => {
  it("offers fields where a word begins, and those that begin so", () => {
    expect(completionAt("", 0)).toMatchObject({ kind: "name", prefix: "" });
    expect(completionAt("timeout ap", 10)).toMatchObject({ kind: "name", prefix: "ap", from: 8, to: 10 });
    expect(suggestNames("app", []).map(({ text }) => text)).toEqual(["app_key:", "app_id:"]);
    expect(suggestNames("context.u", ["user.id", "retry"]).map(({ text }) => text)).toEqual(["context.user.id:"]);
  });
  it("offers values behind the colon", () => {
    expect(completionAt("app_key:bil", 11)).toMatchObject({
      kind: "value",
      field: "app_key",
      prefix: "bil",
      stored: true,
    });
    expect(completionAt("-category:", 10)).toMatchObject({ kind: "value", field: "category", prefix: "" });
    expect(completionAt('"app_key:x', 5)).toBeNull();
  });
  it("offers levels behind a comparison and in a list", () => {
    expect(suggestLevels(">=w").map(({ text }) => text)).toEqual([">=warning"]);
    expect(suggestLevels("c", true).map(({ text }) => text)).toEqual(["critical"]);
    expect(completionAt("level:error,c", 13)).toMatchObject({ prefix: "c", from: 12, listed: true });
    expect(completionAt('app_key:"a,b",bil', 17)).toMatchObject({ prefix: "bil", from: 14, listed: true });
    expect(completionAt('app_key:"a,b', 12)).toMatchObject({ prefix: '"a,b', listed: false });
    expect(suggestLevels("w").map(({ text }) => text)).toContain("warning");
  });
  it("puts the suggestion in place, with a space behind a value", () => {
    const at = completionAt("x app_key:bi", 12);
    if (!at) throw new Error("nothing to complete");
    expect(complete("x app_key:bi", at, { text: "billing-api", hint: "" })).toEqual({
      query: "x app_key:billing-api ",
      caret: 22,
    });
  });
  it("quotes values that need it", () => {
    expect(suggestValues([{ value: "two words", count: 3 }])).toEqual([{ text: '"two words"', hint: "", count: 3 }]);
  });
  it("knows the paths of a context", () => {
    expect(pathsOf({ user: { id: 1, "odd key": 2 }, tags: ["a"], n: null })).toEqual(["user.id", "tags", "n"]);
  });
});
