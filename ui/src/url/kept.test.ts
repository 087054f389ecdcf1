import { expect, it } from "vitest";
import { askedOf, isKeptAlike, keptOf, queryText, searchOf, viewOfKept } from "./kept";
import { DEFAULT_VIEW, formatView, parseView } from "./view";

const screen = (search: string) => parseView(search);

it("keeps the filters of a screen as those of the API, and opens the same screen", () => {
  const search = "?q=payment+-timeout&level=error%2Ccritical&app_key=shop%2Cbilling&category=cards&last=24h";
  const kept = keptOf(screen(search));
  expect(kept).toEqual({
    query: { level: "error,critical", app_key: "shop,billing", category: "cards", q: "payment -timeout" },
    range: "24h",
  });
  expect(viewOfKept(kept)).toEqual(screen(search));
  expect(searchOf(kept)).toBe(formatView(screen(search)));
});
it("keeps the columns under the names that fields have in the API", () => {
  const search = "?columns=time,app,context.user.id,message,trace";
  const columns = ["timestamp", "app_key", "app_id", "context.user.id", "message", "trace_id"];
  expect(keptOf(screen(search)).columns).toEqual(columns);
  expect(viewOfKept(keptOf(screen(search)))).toEqual(screen(search));
  const others = viewOfKept({ query: {}, columns: ["created_at", "app_id", "app_key", "context"] });
  expect(others.table?.columns?.map((one) => one.name)).toEqual(["app_id", "app_key"]);
});
it("is alike where a view would keep the same", () => {
  expect(isKeptAlike(screen("?level=error&entry=1&live=0&mark=2"), screen("?level=error"))).toBe(true);
  expect(isKeptAlike(screen("?level=error&columns=time"), screen("?level=error"))).toBe(false);
});
it("keeps a range between moments, of which either may be open", () => {
  expect(keptOf(screen("?from=2026-01-15T10:00:00.000Z")).range).toEqual({ from: "2026-01-15T10:00:00.000Z" });
  const view = viewOfKept({ query: {}, range: { to: "2026-01-15T10:00:00.000Z" } });
  expect([view.range, view.live]).toEqual([{ from: "", to: "2026-01-15T10:00:00.000Z" }, false]);
});
it("keeps counting back from now as far as the view says, also where that is not offered", () => {
  for (const range of ["2h", "90s", "2w", "all"]) {
    const view = viewOfKept({ query: {}, range });
    expect([view.range, view.live]).toEqual([{ last: range }, true]);
    expect(parseView(formatView(view))).toEqual(view);
    expect(keptOf({ ...view, q: "x" })).toEqual({ query: { q: "x" }, range });
  }
  expect(viewOfKept({ query: {} }).range).toEqual(DEFAULT_VIEW.range);
});
it("keeps several categories as a list, as a part of one may have a comma", () => {
  const search = "?q=a+OR+b&category=cards%2Cpaid%5C%2Clate";
  const { query } = keptOf(screen(search));
  expect(query).toEqual({ q: "a OR b", category: ["cards", "paid,late"] });
  expect(searchOf({ query })).toBe(search);
  expect(askedOf({ category: "paid,late" }).filters).toEqual({ category: "paid\\,late" });
});
it("searches for what only the API has a filter for", () => {
  expect(askedOf({ min_level: "warning", "context.user.id": 17 })).toEqual({
    q: "level:>=warning context.user.id:17",
    filters: {},
  });
});
it("takes lists of values, as the API does", () => {
  const query = { category: ["cards", "paid,late"], "context.host": ["a", "b"], search: ["x", "y z"] };
  expect(askedOf(query)).toEqual({
    q: '(context.host:a OR context.host:b) (message:x OR message:"y z")',
    filters: { category: "cards,paid\\,late" },
  });
});
it("says a query in the search language", () => {
  const query = { level: "error,critical", app_key: "two words,a\\,b", q: "card OR cash" };
  expect(queryText(query)).toBe('(card OR cash) level:error,critical app_key:"two words","a,b"');
  expect(queryText({})).toBe("");
});
