import { describe, expect, it } from "vitest";
import { DEFAULT_TABLE, readTable, type Table, withColumn, withMoved, writeTable } from "./table";

const read = (text: string) => readTable(new URLSearchParams(text));
const written = (table: Table) => {
  const made = new URLSearchParams();
  writeTable(table, made);
  return String(made);
};
const columns = (...names: string[]) => names.map((name) => ({ name, width: null }));

describe("the table in the address", () => {
  it("is nothing for the default", () => {
    expect(written(DEFAULT_TABLE)).toBe("");
    expect(read("")).toBeNull();
  });
  it("survives the way there and back", () => {
    const tables: Table[] = [
      { columns: [...columns("time", "context.a,b"), { name: "message", width: 420 }], wrap: true, density: "compact" },
      { ...DEFAULT_TABLE, density: "roomy" },
      { ...DEFAULT_TABLE, columns: columns("id") },
    ];
    for (const table of tables) expect(read(written(table))).toEqual(table);
  });
  it("takes nonsense for nothing, and each column once", () => {
    expect(read("columns=x,context.,~5&density=huge")).toBeNull();
    expect(read("columns=time~5,time,level~99999")?.columns).toEqual([
      { name: "time", width: 32 },
      { name: "level", width: 2000 },
    ]);
    expect(read(`columns=${Array.from({ length: 99 }, (_, n) => `context.${n}`)}`)?.columns).toHaveLength(20);
  });
});
it("adds a column before the message, once, and moves it", () => {
  const two = columns("time", "message");
  expect(withColumn(two, "context.user.id")).toEqual(columns("time", "context.user.id", "message"));
  expect(withColumn(two, "time")).toBe(two);
  expect(withColumn(two, "no column")).toBe(two);
  expect(withMoved(two, "message", -1)).toEqual(columns("message", "time"));
  expect(withMoved(two, "message", 1)).toBe(two);
});
