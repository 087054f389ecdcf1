import { expect, it } from "vitest";
import { DEFAULT_LOOK, type Look, readLook, writeLook } from "./look";

function written(look: Look): string {
  const made = new URLSearchParams();
  writeLook(look, made);
  return String(made);
}

it("is nothing in the address for the default, or for nonsense", () => {
  expect(written(DEFAULT_LOOK)).toBe("");
  expect(readLook(new URLSearchParams("show=x&sort=&against=1y&split="))).toEqual(DEFAULT_LOOK);
});
it("survives the way there and back", () => {
  const looks: Look[] = [
    { ...DEFAULT_LOOK, show: "patterns", sort: "new", split: "context.user.id" },
    { ...DEFAULT_LOOK, show: "compare", against: { shift: "7d" } },
    { ...DEFAULT_LOOK, show: "compare", against: { q: "app_key:shop é" } },
    { ...DEFAULT_LOOK, show: "compare", against: { q: "" } },
  ];
  for (const look of looks) expect(readLook(new URLSearchParams(written(look)))).toEqual(look);
});
