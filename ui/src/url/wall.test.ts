import { expect, it } from "vitest";
import { readWall, writeWall } from "./wall";

it("stands in the address", () => {
  const wall = { names: ["checkout", "d/all-errors"], seconds: 10 };
  expect(writeWall(wall)).toBe("?wall=checkout,d/all-errors&every=10");
  expect(readWall(writeWall(wall))).toEqual(wall);
  expect(readWall(writeWall({ names: [], seconds: 30 }))).toEqual({ names: [], seconds: 30 });
});
it("takes nothing for granted", () => {
  expect(readWall("?q=x")).toBeNull();
  expect(readWall("?wall=a&every=0.1")).toEqual({ names: ["a"], seconds: 30 });
  expect(readWall("?wall=a&every=9999999")?.seconds).toBe(86_400);
});
