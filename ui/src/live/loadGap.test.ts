import { expect, it } from "vitest";
import { gapRow } from "../entries/row";
import { loadGap } from "./loadGap";

const id = (number: number) => String(number).padStart(26, "0");

/** The ids of the rows that fill a gap before `before`, where the event stream has these entries. */
async function loaded(entries: number[], before: number): Promise<string[] | undefined> {
  const events = entries.map((entry) => {
    const json = JSON.stringify({ id: id(entry), level: "info", message: "m", context: null });
    return `event: log\nid: ${id(entry)}\ndata: ${json}\n\n`;
  });
  const apiUrl = `data:text/event-stream,${encodeURIComponent(events.join(""))}#`;
  const rows = await loadGap({ apiUrl, wsUrl: "", key: "", extended: true }, {}, gapRow(2, id(1), id(before)));
  return rows?.map((row) => row.id);
}

it("ends at the entry before which the gap ends, whatever the order of ids", async () => {
  expect(await loaded([9, 5, 7, 8], 7)).toEqual([id(9), id(5)]);
});

it("ends before later entries where that one was removed", async () => {
  expect(await loaded([5, 6, 8, 9], 7)).toEqual([id(5), id(6)]);
});
