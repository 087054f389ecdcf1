import { expect, it } from "vitest";
import { viewsOf } from "./moving";

it("makes a view of each search, under a name that is free", () => {
  const searches = [
    { name: "Errors!", search: "?level=error&last=24h" },
    { name: "errors", search: "" },
    { name: "???", search: "?q=card" },
  ];
  expect(viewsOf(searches, ["errors"])).toEqual([
    { name: "errors-2", title: "Errors!", query: { level: "error" }, range: "24h" },
    { name: "errors-3", title: "errors", query: {}, range: "1h" },
    { name: "search", title: "???", query: { q: "card" }, range: "1h" },
  ]);
});
