import { describe, expect, it } from "vitest";
import { styledSpans, withoutAnsi } from "./ansi";

describe("terminal text", () => {
  it("becomes styled spans", () => {
    expect(styledSpans("a \u001b[1;31mred\u001b[0m \u001b[92mgreen")).toMatchObject([
      { text: "a ", colour: null },
      { text: "red", colour: 1, bold: true },
      { text: " ", colour: null, bold: false },
      { text: "green", colour: 10 },
    ]);
  });
  it("loses every other control sequence", () => {
    const text = "\u001b]0;title\u0007x\u001b[2Ky\u001b[?25lz\u001b(B";
    expect(withoutAnsi(text)).toBe("xyz");
    expect(
      styledSpans(text)
        .map((one) => one.text)
        .join(""),
    ).toBe("xyz");
  });
  it("is not fooled by colours of 256 and of millions", () => {
    expect(styledSpans("\u001b[38;5;9mx\u001b[38;2;1;2;3;4my")).toMatchObject([
      { colour: 9 },
      { colour: null, underlined: true },
    ]);
  });
  it("shows other control characters as such", () => {
    expect(styledSpans("a\u0000b\tc")[0]?.text).toBe("a\ufffdb\tc");
  });
});
