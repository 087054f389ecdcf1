import { expect, it } from "vitest";
import { appKeyFrom } from "./appKey";

it("makes a key of a name", () => {
  expect(appKeyFrom(" Billing API (Übersee) ")).toBe("billing-api-ubersee");
});
