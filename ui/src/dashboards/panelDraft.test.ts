import { expect, it } from "vitest";
import type { Panel } from "./dashboard";
import { draftOf, panelOf } from "./panelDraft";

const place = { x: 1, y: 2, w: 3, h: 4 };

it("makes of a panel the same panel", () => {
  const panels: Panel[] = [
    { kind: "counts", ...place, title: "By service", query: { q: "level:error" }, split: "app_key" },
    { kind: "top", ...place, field: "context.user.id" },
    { kind: "levels", ...place },
    { kind: "number", ...place },
    { kind: "number", ...place, metric: "p95(context.ms)", unit: "ms" },
    { kind: "metric", ...place, metric: "avg(context.ms)", split: "level" },
  ];
  for (const panel of panels) expect(panelOf(draftOf(panel), place)).toEqual(panel);
});
it("keeps filters of the API as text that means the same", () => {
  const panel: Panel = { kind: "levels", ...place, query: { level: "error,critical" } };
  expect(panelOf(draftOf(panel), place)?.query).toEqual({ q: "level:error,critical" });
});
it("needs to know which number, and of which field", () => {
  const draft = draftOf(null);
  expect(panelOf({ ...draft, kind: "metric" }, place)).toBeNull();
  expect(panelOf({ ...draft, kind: "metric", number: "ms" }, place)).toMatchObject({ metric: "avg(context.ms)" });
  expect(panelOf({ ...draft, kind: "top", field: " " }, place)).toBeNull();
  expect(panelOf({ ...draft, kind: "number", number: "ms" }, place)).toEqual({ kind: "number", ...place });
});
