import { expect, it } from "vitest";
import { isLonger, oneLine, SHOWN } from "./oneLine";
import { shortCount } from "./shortCount";

it("shows line ends as a sign and no colours", () => {
  expect(oneLine("\u001b[31mfirst\u001b[0m\r\n  second\n\n\tthird  \n")).toBe("first ⏎ second ⏎ third");
});
it("cuts what no screen can show", () => {
  expect(oneLine("x".repeat(1_000_000))).toHaveLength(SHOWN + 1);
  expect(isLonger("a\nb")).toBe(true);
  expect(isLonger("a")).toBe(false);
});
it("shortens counts", () => {
  expect([950, 4210, 11_000, 999_999, 1_300_000].map(shortCount)).toEqual(["950", "4.2 k", "11 k", "1.0 M", "1.3 M"]);
});
