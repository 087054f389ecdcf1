import { expect, it } from "vitest";
import { isKeptWhole, viewsOf } from "./moving";

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
it("knows what a view can't keep", () => {
  const whole = (search: string) => isKeptWhole({ name: "a", search });
  const kept = ["", "?q=card&level=error%2Ccritical&last=24h&live=0", "?columns=time,app,message", "?last=2h"];
  expect(kept.map(whole)).toEqual([true, true, true, true]);
  const looks = ["highlight=card", "columns=time~90,message", "wrap=1", "order=asc", "show=patterns", "split=app_key"];
  expect(looks.filter((look) => whole(`?q=card&${look}`))).toEqual([]);
});
