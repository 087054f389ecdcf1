import { expect, it } from "vitest";
import { beside, readSides, writeSides } from "./sides";

it("stands in the address, each side as it would alone", () => {
  const sides = { screens: ["?q=a%26b&level=error", "", "?app_key=shop&live=0"], current: 2 };
  expect(writeSides(sides)).toBe("?side=q%3Da%2526b%26level%3Derror&side=&side=app_key%3Dshop%26live%3D0&at=3");
  expect(readSides(writeSides(sides))).toEqual(sides);
  expect(writeSides({ ...sides, current: 0 })).not.toContain("at=");
});
it("has no sides where there is one screen", () => {
  expect(writeSides({ screens: ["?level=error"], current: 0 })).toBe("?level=error");
  expect(readSides("?level=error")).toBeNull();
  expect(readSides("?side=level%3Derror")).toBeNull();
});
it("is split into two that ask the same", () => {
  expect(beside("?level=error&entry=1")).toBe("?level=error");
});
it("takes nothing for granted", () => {
  const given = "?side=page%3Dalerts&side=side%3Da%26side%3Db&side=last%3Dx&side=&side=&at=";
  for (const at of ["0", "5", "x", "1.5"])
    expect(readSides(given + at)).toEqual({ screens: ["", "", "", ""], current: 0 });
});
