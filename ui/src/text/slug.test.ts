import { expect, it } from "vitest";
import { freeSlug, slugOf } from "./slug";

it("makes a name for addresses of any text", () => {
  expect(slugOf(" Billing API (Übersee) ")).toBe("billing-api-ubersee");
});
it("counts up where the name is taken", () => {
  expect(freeSlug("errors", new Set())).toBe("errors");
  expect(freeSlug("errors", new Set(["errors", "errors-2"]))).toBe("errors-3");
});
