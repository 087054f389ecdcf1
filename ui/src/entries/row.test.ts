import { describe, expect, it } from "vitest";
import { entryOf, rowOfJson } from "./row";

const json = (over: object) =>
  JSON.stringify({
    id: "01A",
    trace_id: "t",
    batch_id: null,
    app_key: "a",
    app_id: "b",
    user_agent: null,
    level: "error",
    category: "c",
    message: "m",
    context: null,
    ...over,
  });

describe("a row", () => {
  it("is cut from the JSON without parsing it", () => {
    const row = rowOfJson(json({ user_agent: '"level":"debug"' }));
    expect(row).toMatchObject({ id: "01A", level: "error", cutFrom: null });
    expect(typeof row.source).toBe("string");
    expect(entryOf(row).user_agent).toBe('"level":"debug"');
  });
  it("is parsed where the keys stand in another order", () => {
    expect(rowOfJson('{"level":"info","id":"01B","message":"m","context":null}')).toMatchObject({
      id: "01B",
      level: "info",
    });
  });
  it("keeps a part of a huge message, and says so", () => {
    const row = rowOfJson(json({ message: "x".repeat(1_000_000) }));
    expect(row.cutFrom).toBe(1_000_000);
    expect(entryOf(row).message.length).toBeLessThan(10_000);
  });
});
