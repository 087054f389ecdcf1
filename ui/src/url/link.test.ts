import { expect, it } from "vitest";
import { linkedView } from "./link";
import { DEFAULT_VIEW } from "./view";

const NOW = Date.UTC(2026, 0, 15, 12);

it("fixes what counts from now", () => {
  expect(linkedView({ ...DEFAULT_VIEW, q: "x" }, NOW)).toEqual({
    ...DEFAULT_VIEW,
    q: "x",
    live: false,
    range: { from: "2026-01-15T11:00:00.000Z", to: "2026-01-15T12:00:00.000Z" },
  });
  expect(linkedView({ ...DEFAULT_VIEW, range: { last: "all" } }, NOW).range).toEqual({
    from: "",
    to: "2026-01-15T12:00:00.000Z",
  });
});
it("leaves two moments as they are", () => {
  const range = { from: "2026-01-15T14:22:00.000Z", to: "" };
  expect(linkedView({ ...DEFAULT_VIEW, live: false, range }, NOW).range).toEqual(range);
});
it("reaches to its entry, and keeps what lies around another", () => {
  const early = { id: "01A", timestamp: "2026-01-15T10:59:59.999500Z" };
  expect(linkedView({ ...DEFAULT_VIEW, around: "01B" }, NOW, early)).toMatchObject({
    entry: "01A",
    around: "01B",
    range: { from: "2026-01-15T10:59:59.999500Z", to: "2026-01-15T12:00:00.000Z" },
  });
  const late = { id: "01A", timestamp: "2026-01-15T12:00:05.000Z" };
  expect(linkedView(DEFAULT_VIEW, NOW, late).range).toEqual({ from: "2026-01-15T11:00:00.000Z", to: late.timestamp });
});
it("lists the entry that it is to, also where patterns are looked at", () => {
  const view = { ...DEFAULT_VIEW, show: "patterns" } as const;
  expect(linkedView(view, NOW, { id: "01A", timestamp: "2026-01-15T11:30:00.000Z" }).show).toBe("entries");
  expect(linkedView(view, NOW).show).toBe("patterns");
});
