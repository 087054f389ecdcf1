import { expect, it } from "vitest";
import { delta } from "./delta";

it("says how much later something was", () => {
  const from = "2026-01-15T14:22:07.412Z";
  const later = [
    ["2026-01-15T14:22:07.412Z", "+0 ms"],
    ["2026-01-15T14:22:07.412800Z", "+0.8 ms"],
    ["2026-01-15T14:22:07.424Z", "+12 ms"],
    ["2026-01-15T14:22:08.652Z", "+1.24 s"],
    ["2026-01-15T14:24:10.000Z", "+2 min"],
    ["2026-01-15T17:22:07.000Z", "+3 h"],
    ["2026-01-15T14:22:07.400Z", "−12 ms"],
    ["soon", ""],
  ] as const;
  for (const [to, text] of later) expect(delta(from, to)).toBe(text);
});
