import { expect, it } from "vitest";
import { parseExactly } from "./lossless";

// What becomes of numbers depends on the browser: tests/browser/test_reading.py looks there.
it("reads everything else as it is", () => {
  expect(parseExactly('{"a":[1,"x",null,true]}')).toEqual({ a: [1, "x", null, true] });
});
