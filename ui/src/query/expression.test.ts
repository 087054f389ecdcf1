import { describe, expect, it } from "vitest";
import { safeExpression } from "./expression";

const finds = (source: string, text: string) => new RegExp(`^(?:${safeExpression(source)})$`, "iu").test(text);

describe("an expression", () => {
  it("finds what it says", () => {
    expect(finds("node-\\d+", "node-17")).toBe(true);
    expect(finds("(GET|POST) /cart/[0-9]{2,4}", "POST /cart/123")).toBe(true);
    expect(finds("a.c\\.", "abc.")).toBe(true);
    expect(finds("colou?r", "color")).toBe(true);
  });
  it("is refused where it could take long, matches nothing, or is none", () => {
    for (const source of ["(a+)+", "(a|b)*", "a*b*c*d*", "(a)\\1", "(?<=a)b", "a**", "[", "(a", "x*", ""])
      expect(safeExpression(source)).toBeNull();
  });
  it("takes no more than a moment on the worst text", () => {
    const worst = new RegExp(safeExpression("a*a*a*b") ?? "", "iu");
    expect(worst.test("a".repeat(600))).toBe(false);
  });
});
