import { expect, it } from "vitest";
import { tracksOf } from "./tracks";

const columns = (...names: string[]) => names.map((name) => ({ name, width: null }));

it("gives the message what is free, and nothing where it has a width", () => {
  expect(tracksOf(columns("level", "context.a", "message"))).toBe("3px 4.6rem minmax(3.5rem, 7rem) minmax(14rem, 1fr)");
  expect(tracksOf([{ name: "message", width: 300 }])).toBe("3px 300px 1fr");
});
