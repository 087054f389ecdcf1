import { expect, it } from "vitest";
import { entriesWith, only, without } from "./narrow";
import { changeView, DEFAULT_VIEW, formatView } from "./view";

const filters = { app_key: "shop,auth", level: "error" };

it("looks at a value alone, whatever was filtered of its field", () => {
  expect(only({ q: "-app_key:shop -app_key:x y", filters }, "app_key", "a,b")).toEqual({
    q: "y",
    filters: { app_key: "a\\,b", level: "error" },
  });
  expect(only({ q: "y", filters }, "context.user.id", "7")).toEqual({ q: "y context.user.id:7", filters });
  expect(only({ q: "", filters: { user_agent: "curl" } }, "user_agent", "curl/8.5.0")).toEqual({
    q: "user_agent:curl/8.5.0",
    filters: { user_agent: "curl" },
  });
});
it("leaves a value out, also where it was chosen", () => {
  expect(without({ q: "app_id:a", filters }, "app_key", "shop")).toEqual({
    q: "app_id:a -app_key:shop",
    filters: { app_key: "auth", level: "error" },
  });
  expect(without({ q: "context.n:1", filters }, "context.n", "1")).toEqual({ q: "-context.n:1", filters });
});
it("lists all entries that have a value, also where patterns were looked at", () => {
  const view = { ...DEFAULT_VIEW, q: "x", filters, show: "patterns", around: "01B" } as const;
  expect(formatView(changeView(view, entriesWith("batch_id", "a,b")))).toBe("?batch_id=a%5C%2Cb&last=all");
});
