import { expect, it } from "vitest";
import { ExactNumber, parseExactly } from "./lossless";

const keepsSources =
  JSON.parse("1.0", ((_key: string, _value: unknown, context?: { source?: string }) => context?.source) as never) ===
  "1.0";

it.runIf(keepsSources)("keeps numbers as they are written", () => {
  expect(parseExactly('{"a":1,"b":12345678901234567890,"c":1.0}')).toEqual({
    a: 1,
    b: new ExactNumber("12345678901234567890"),
    c: new ExactNumber("1.0"),
  });
});
it("reads everything else as it is", () => {
  expect(parseExactly('{"a":[1,"x",null,true]}')).toEqual({ a: [1, "x", null, true] });
});
