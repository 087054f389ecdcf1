import { expect, it } from "vitest";
import { patternSpans } from "./spans";

it("tells what varies from what all have in common", () => {
  expect(patternSpans('<n> of "<*>" < 3 <B>')).toEqual([
    { text: "<n>", varies: true },
    { text: ' of "', varies: false },
    { text: "<*>", varies: true },
    { text: '" < 3 <B>', varies: false },
  ]);
  expect(patternSpans("")).toEqual([]);
});
