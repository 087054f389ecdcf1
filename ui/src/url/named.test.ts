import { expect, it } from "vitest";
import { pathOf, placeIn, placeOf, readAt, readPlace, writtenAt } from "./named";
import { DEFAULT_VIEW, parseView } from "./view";

it("finds what a path names, also below a prefix", () => {
  expect(placeIn("/v/checkout-errors", "/")).toBe("v/checkout-errors");
  expect(placeIn(pathOf(placeOf("dashboard", "all"), "/logs/"), "/logs/")).toBe("d/all");
  expect(["/", "/v/", "/v/a/b", "/logs/v/a", "/x/a"].map((path) => placeIn(path, "/"))).toEqual(Array(5).fill(null));
  expect([readPlace("v/a"), readPlace("d/b-c")]).toEqual([
    { kind: "view", name: "a" },
    { kind: "dashboard", name: "b-c" },
  ]);
});
it("says only what differs from the view", () => {
  expect(writtenAt("?q=card", "?q=card")).toBe("");
  expect(writtenAt("?q=card", "?q=cash")).toBe("?q=cash");
  expect(parseView(writtenAt("?q=card", ""))).toEqual(DEFAULT_VIEW);
});
it("knows the page of a dashboard by its place alone", () => {
  const own = "?page=dashboard&last=24h";
  for (const search of ["?page=dashboard&q=x", "?page=dashboard&last=7d", own])
    expect(readAt("d/shop", writtenAt(own, search)) || own).toBe(search === own ? "?page=dashboard" : search);
  expect(parseView(readAt("d/shop", writtenAt(own, "?page=dashboard")))).toEqual({
    ...DEFAULT_VIEW,
    page: "dashboard",
  });
  expect(readAt("v/errors", "?q=x")).toBe("?q=x");
});
