import { describe, expect, it } from "vitest";
import { changesOf, changeText } from "./changes";

const counts = (given: Record<string, number>, rest = 0) => ({ counts: new Map(Object.entries(given)), rest });
const changes = (current: ReturnType<typeof counts>, baseline: ReturnType<typeof counts>, over = {}) =>
  changesOf(current, baseline, { scale: 1, ...over });
const kinds = (list: ReturnType<typeof changesOf>) => list.map(({ value, kind }) => `${value} ${kind}`);

describe("changes between two lists of counts", () => {
  it("are what appeared, vanished, rose and fell", () => {
    const list = changes(
      counts({ new: 9, up: 400, down: 100, as: 100 }),
      counts({ gone: 9, up: 100, down: 400, as: 100 }),
    );
    expect(new Set(kinds(list))).toEqual(new Set(["up rose", "down fell", "new appeared", "gone vanished", "as same"]));
    expect(list.at(-1)).toMatchObject({ value: "as", matter: 0 });
  });
  it("are none where counts vary as they do by themselves", () => {
    expect(kinds(changes(counts({ few: 5, many: 10_150 }), counts({ few: 3, many: 10_000 })))).toEqual([
      "many same",
      "few same",
    ]);
  });
  it("are sorted by how much they matter: far from what was, and many", () => {
    const current = counts({ steady: 110_000, errors: 50, once: 1, doubled: 2000 });
    const baseline = counts({ steady: 100_000, doubled: 1000 });
    expect(changes(current, baseline).map(({ value }) => value)).toEqual(["errors", "doubled", "steady", "once"]);
  });
  it("matter more where they are severe", () => {
    const current = counts({ info: 60, error: 40 });
    const weight = (value: string) => (value === "error" ? 2 : 1);
    expect(changes(current, counts({}), { weightOf: weight })[0]?.value).toBe("error");
    expect(changes(current, counts({}))[0]?.value).toBe("info");
  });
  it("are of shares where the lists have other totals", () => {
    expect(kinds(changes(counts({ a: 50, b: 50 }), counts({ a: 500, b: 500 }), { scale: 0.1 }))).toEqual([
      "a same",
      "b same",
    ]);
    expect(kinds(changes(counts({ a: 90, b: 10 }), counts({ a: 500, b: 500 }), { scale: 0.1 }))).toEqual([
      "b fell",
      "a rose",
    ]);
  });
  it("are none by the chance of a sample", () => {
    const now = counts({ a: 1300, b: 300, c: 100 });
    const then = counts({ a: 1000, d: 4000 });
    expect(kinds(changes(now, then, { perOf: () => 100 }))).toEqual(["d vanished", "a same", "b same", "c same"]);
  });
  it("say nothing of what may only have left the list", () => {
    const list = changes(counts({ a: 1000, b: 20 }), counts({ a: 990, c: 18, d: 300 }, 18));
    expect(list.find(({ value }) => value === "d")).toMatchObject({ kind: "vanished", atMost: false });
    expect(list.find(({ value }) => value === "b")).toMatchObject({ kind: "same", baseline: 18, atMost: true });
  });
});

it("says in words how a number changed", () => {
  expect(
    [
      [134, 100],
      [88, 100],
      [320, 100],
      [5000, 100],
      [5, 0],
      [0, 5],
      [7, 7],
      [100_001, 100_000],
      [1, 1000],
    ].map(([current = 0, baseline = 0]) => changeText(current, baseline)),
  ).toEqual(["+34 %", "−12 %", "× 3.2", "× 50", "new", "gone", "no change", "+<1 %", "−99 %"]);
});
