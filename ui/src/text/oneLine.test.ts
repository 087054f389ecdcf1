import { expect, it } from "vitest";
import { oneLine, SHOWN } from "./oneLine";

it("shows line ends as a sign and no colours", () => {
  expect(oneLine("\u001b[31mfirst\u001b[0m\r\n  second\n\n\tthird  \n")).toBe("first ⏎ second ⏎ third");
});
it("cuts what no screen can show", () => {
  expect(oneLine("x".repeat(1_000_000))).toHaveLength(SHOWN + 1);
});
