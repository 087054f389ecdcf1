import { expect, it } from "vitest";
import { nameIn, pathOf, writtenBelow } from "./named";
import { DEFAULT_VIEW, parseView } from "./view";

it("finds the name of a view in a path, also below a prefix", () => {
  expect(nameIn("/v/checkout-errors", "/")).toBe("checkout-errors");
  expect(nameIn(pathOf("all", "/logs/"), "/logs/")).toBe("all");
  expect([nameIn("/", "/"), nameIn("/v/", "/"), nameIn("/v/a/b", "/"), nameIn("/logs/v/a", "/")]).toEqual(
    Array(4).fill(null),
  );
});
it("says only what differs from the view", () => {
  expect(writtenBelow("?q=card", "?q=card")).toBe("");
  expect(writtenBelow("?q=card", "?q=cash")).toBe("?q=cash");
  expect(parseView(writtenBelow("?q=card", ""))).toEqual(DEFAULT_VIEW);
});
