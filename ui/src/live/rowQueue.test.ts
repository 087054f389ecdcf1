import { expect, it } from "vitest";
import { rowOfJson } from "../entries/row";
import { MOST_KEPT, RowQueue } from "./rowQueue";

const row = (number: number) => rowOfJson(`{"id":"${String(number).padStart(26, "0")}","level":"error","message":"m"}`);

it("gives what came, counted by level", () => {
  const queue = new RowQueue();
  queue.add(row(1));
  queue.add(row(2));
  expect(queue.take().map(({ id }) => Number(id))).toEqual([1, 2]);
  expect(queue.take()).toEqual([]);
  expect(queue.counts.error).toBe(2);
});

it("keeps the newest for a page that does not ask, and a gap for the rest", () => {
  const queue = new RowQueue();
  queue.add(row(0));
  queue.take();
  for (let number = 1; number <= 5 * MOST_KEPT; number++) queue.add(row(number));
  const rows = queue.take();
  const entries = rows.length - 1;
  expect(rows[0]).toMatchObject({
    kind: "gap",
    dropped: 5 * MOST_KEPT - entries,
    after: row(0).id,
    before: rows[1]?.id,
  });
  expect(rows.at(-1)?.id).toBe(row(5 * MOST_KEPT).id);
});
