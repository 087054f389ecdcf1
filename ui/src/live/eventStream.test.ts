import { expect, it } from "vitest";
import { EventReader } from "./eventStream";

it("reads events however they are cut", () => {
  const text =
    'retry: 1000\nevent: connected\ndata: {"after":null}\n\n: ping\n\nevent: log\nid: 01A\ndata: {"id":"01A"}\n\n';
  for (const length of [1, 7, text.length]) {
    const reader = new EventReader();
    const found = [];
    for (let at = 0; at < text.length; at += length) found.push(...reader.take(text.slice(at, at + length)));
    expect(found).toEqual([
      { name: "connected", data: '{"after":null}' },
      { name: "log", data: '{"id":"01A"}' },
    ]);
  }
});
