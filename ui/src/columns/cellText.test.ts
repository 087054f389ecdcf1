import { expect, it } from "vitest";
import type { LogEntry } from "../entries/entry";
import { cellText } from "./cellText";

const entry = {
  id: "01A",
  app_key: "shop",
  batch_id: null,
  context: { user: { id: 42, tags: ["a", "b"] }, "k8s.pod": { name: "p" }, k8s: { pod: { name: "nested" } }, no: null },
} as unknown as LogEntry;

it("says fields and what lies in the context", () => {
  const cells = {
    app_key: "shop",
    batch_id: "",
    "context.user.id": "42",
    "context.user.tags.1": "b",
    "context.user.tags": '["a","b"]',
    "context.k8s.pod.name": "p",
    "context.no": "null",
    "context.absent.x": "",
    "context.toString": "",
  };
  for (const [column, text] of Object.entries(cells)) expect(cellText(entry, column)).toBe(text);
});
