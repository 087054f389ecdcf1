import { expect, it } from "vitest";
import { commandOf } from "./keys";

const press = (key: string, over: Partial<Parameters<typeof commandOf>[0]> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...over,
});
const free = { typing: false, pressable: false };

it("knows the keys", () => {
  expect(["/", "j", "k", "Enter", "e", "E", " ", "Escape", "?", "x"].map((key) => commandOf(press(key), free))).toEqual(
    ["search", "down", "up", "open", "nextError", "previousError", "pause", "close", "help", null],
  );
  expect(commandOf(press("k", { metaKey: true }), free)).toBe("palette");
});
it("leaves keys alone while somebody types, and buttons theirs", () => {
  expect(commandOf(press("j"), { typing: true, pressable: false })).toBeNull();
  expect(commandOf(press("K", { ctrlKey: true }), { typing: true, pressable: false })).toBe("palette");
  expect(commandOf(press(" "), { typing: false, pressable: true })).toBeNull();
  expect(commandOf(press("j", { ctrlKey: true }), free)).toBeNull();
});
