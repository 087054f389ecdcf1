import { describe, expect, it } from "vitest";
import { exclusions, hasTerm, isNameable, quoted, term, withoutExclusions, withoutTerm, withTerm } from "./terms";

describe("terms", () => {
  it("quote what the language would take apart", () => {
    expect(quoted("billing-api")).toBe("billing-api");
    expect(quoted('two "words"')).toBe('"two \\"words\\""');
    expect(quoted("a:b")).toBe('"a:b"');
    expect(quoted("-x")).toBe('"-x"');
    expect(quoted(">5")).toBe('">5"');
    expect(quoted("*")).toBe('"*"');
  });
  it("are added once, and take the place of their opposite", () => {
    const inside = term("app_key", "shop");
    const outside = term("app_key", "shop", true);
    expect(withTerm("timeout", outside)).toBe("timeout -app_key:shop");
    expect(withTerm("timeout -app_key:shop", outside)).toBe("timeout -app_key:shop");
    expect(withTerm("timeout -app_key:shop", inside)).toBe("timeout app_key:shop");
  });
  it("hold together with alternatives only in brackets", () => {
    expect(withTerm("a OR b", "level:error")).toBe("(a OR b) level:error");
    expect(withTerm("(a OR b)", "level:error")).toBe("(a OR b) level:error");
  });
  it("are found and removed where they stand by themselves", () => {
    expect(hasTerm("a -level:info b", "-level:info")).toBe(true);
    expect(hasTerm("a -level:info b", "level:info")).toBe(false);
    expect(withoutTerm("a -level:info b", "-level:info")).toBe("a b");
    expect(withoutTerm("a OR level:info", "level:info")).toBe("a OR level:info");
    expect(withoutTerm("(a OR b) level:info", "level:info")).toBe("(a OR b)");
    expect(withoutTerm("NOT level:info", "level:info")).toBe("NOT level:info");
  });
  it("are known where they exclude", () => {
    const query = '(a OR b) -app_key:shop -level:info x -category:"a \\"b\\"" -(y -level:error) -word';
    expect(exclusions(query)).toEqual([
      { field: "app_key", value: "shop", term: "-app_key:shop" },
      { field: "level", value: "info", term: "-level:info" },
      { field: "category", value: 'a "b"', term: '-category:"a \\"b\\""' },
    ]);
    expect(exclusions("a OR -level:info")).toEqual([]);
    expect(withoutExclusions("-level:info x -level:debug -app_key:y", "level")).toBe("x -app_key:y");
  });
  it("can name keys without special characters", () => {
    expect(isNameable(["context", "user", "id"])).toBe(true);
    expect(isNameable(["context", "a b"])).toBe(false);
    expect(isNameable(["context", "a.b"])).toBe(true);
    expect(isNameable(["context", "a..b"])).toBe(false);
  });
});
