import { expect, it } from "vitest";
import { curlOf } from "./curl";

it("asks for the entry, with a key only by its variable", () => {
  expect(curlOf("http://logs.example/api/logs/01A", false)).toBe("curl -sS 'http://logs.example/api/logs/01A'");
  expect(curlOf("http://x/it's", true)).toBe(`curl -sS -H "Authorization: Bearer $LOGSTREAM_KEY" 'http://x/it'\\''s'`);
});
