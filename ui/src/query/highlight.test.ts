import { describe, expect, it } from "vitest";
import { highlightPattern, highlightSpans } from "./highlight";

/** The text with brackets around what a query finds in it. */
function found(query: string, text: string, search = ""): string {
  return highlightSpans(text, highlightPattern(query, search), 100)
    .map((part) => (part.highlighted ? `[${part.text}]` : part.text))
    .join("");
}

describe("what is highlighted", () => {
  it("is nothing where only fields are asked for", () => {
    expect(highlightPattern("")).toBeNull();
    expect(highlightPattern("level:error app_key:shop * message:* /time.*/")).toBeNull();
    expect(highlightSpans("as it is", null, 100)).toEqual([{ text: "as it is", highlighted: false }]);
  });
  it("is found in upper and lower case", () => {
    expect(found("timeout", "Timeout: a TIMEOUT")).toBe("[Timeout]: a [TIMEOUT]");
    expect(found("ÄRGER", "viel Ärger")).toBe("viel [Ärger]");
  });
  it("is a phrase as a whole, with any spaces", () => {
    expect(found('"card  declined" level:error', "card declined, no card")).toBe("[card declined], no card");
    expect(found('"a \\"b\\" \\\\"', 'x a "b" \\ y')).toBe('x [a "b" \\] y');
  });
  it("is taken literally", () => {
    expect(found("a.c", "abc a.c")).toBe("abc [a.c]");
    expect(found('"[1-2]$"', "1 [1-2]$")).toBe("1 [[1-2]$]");
    expect(found("a-b", "a-b")).toBe("[a-b]");
  });
  it("is a word that begins so", () => {
    expect(found("conn*", "connected, reconnect conn")).toBe("[connected], reconnect [conn]");
    expect(found("*conn*", "reconnect")).toBe("re[conn]ect");
  });
  it("is what a field asks of the message, and the filter too", () => {
    expect(found('message:card search:"de cl"', "card de cl")).toBe("[card] [de cl]");
    expect(found("", "card declined", "declin")).toBe("card [declin]ed");
  });
  it("is not what is excluded", () => {
    expect(found("a -b NOT c", "a b c")).toBe("[a] b c");
    expect(found("a -(b OR -c) d", "a b c d")).toBe("[a] b [c] [d]");
    expect(found("NOT (x y) z", "x y z")).toBe("x y [z]");
  });
  it("is the longer of two", () => {
    expect(found("time timeout", "timeout time")).toBe("[timeout] [time]");
  });
  it("has the colour that it was given, before that of the query", () => {
    const pattern = highlightPattern("bank timeout", "", [
      { text: "timeout", colour: 0 },
      { text: "/node-\\d+/", colour: 1 },
      { text: "/(a+)+/", colour: 2 },
      { text: "a.b", colour: "find" },
    ]);
    expect(highlightSpans("bank Timeout node-17 a.b aaa", pattern, 9).filter((one) => one.highlighted)).toEqual([
      { text: "bank", highlighted: true },
      { text: "Timeout", highlighted: true, colour: "0" },
      { text: "node-17", highlighted: true, colour: "1" },
      { text: "a.b", highlighted: true, colour: "find" },
    ]);
  });
  it("is marked a bounded number of times", () => {
    expect(highlightSpans("a ".repeat(5000), highlightPattern("a"), 10).length).toBeLessThan(30);
    expect(
      highlightSpans("a ".repeat(5000), highlightPattern("a"), 10)
        .map(({ text }) => text)
        .join(""),
    ).toBe("a ".repeat(5000));
  });
  it("takes linear time, in a megabyte of spaces too", () => {
    expect(highlightSpans(" ".repeat(1_000_000), highlightPattern('" x"'), 10)).toHaveLength(1);
    expect(found('" x"', "ax  x")).toBe("ax[  x]");
  });
  it("survives a query that is being written", () => {
    for (const query of ['"', '"a', "((", "a)", "-", "NOT", "a OR", "message:", '"\\', "("]) highlightPattern(query);
    expect(found('"card dec', "card declined")).toBe("[card dec]lined");
  });
});
