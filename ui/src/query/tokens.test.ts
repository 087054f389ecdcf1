import { describe, expect, it } from "vitest";
import { tokens } from "./tokens";

const kinds = (text: string) => tokens(text).map(({ kind, text: part }) => [kind, part]);

describe("tokens", () => {
  it("cover the whole query without holes", () => {
    const query = ' level:>=warning ("card \\" declined" OR -app_key:shop) /node-\\d+\\//i conn* http://x/y 12:34';
    expect(
      tokens(query)
        .map(({ text }) => text)
        .join(""),
    ).toBe(query);
  });
  it("tell fields from words", () => {
    expect(kinds("level:error http://x 12:34 user:")).toEqual([
      ["field", "level:error"],
      ["space", " "],
      ["word", "http://x"],
      ["space", " "],
      ["word", "12:34"],
      ["space", " "],
      ["field", "user:"],
    ]);
  });
  it("keep quoted values and comparisons with their field", () => {
    expect(tokens('category:"two words" x')[0]).toMatchObject({ field: "category", value: '"two words"' });
    expect(tokens("context.duration:>=500")[0]).toMatchObject({ field: "context.duration", value: ">=500" });
  });
  it("keep values in a list with their field", () => {
    expect(tokens('app_key:a,"b c","d",e x')[0]).toMatchObject({ value: 'a,"b c","d",e' });
  });
  it("take an unclosed quote or expression to the end", () => {
    expect(kinds('"a b')).toEqual([["phrase", '"a b']]);
    expect(kinds("/a b")).toEqual([["regex", "/a b"]]);
  });
  it("know operators only in capitals", () => {
    expect(kinds("a OR or").map(([kind]) => kind)).toEqual(["word", "space", "operator", "space", "word"]);
  });
});
