import { expect, it } from "vitest";
import { keptQuery } from "./keptQuery";
import { ApiError } from "./request";

const { refetchInterval } = keptQuery({ apiUrl: "", key: "" }, "/api/views", 5000);
const after = (status: number, data: unknown = undefined) =>
  refetchInterval({ state: { data, error: status === 200 ? null : new ApiError(status, "No") } });

it("is asked for again and again, also while the server is away", () => {
  expect([after(200, { views: [] }), after(0, { views: [] }), after(0), after(503)]).toEqual([5000, 5000, 5000, 5000]);
});
it("is not asked for again where there is none of it, or the key is refused", () => {
  expect([after(200, null), after(401), after(401, { views: [] })]).toEqual([false, false, false]);
});
