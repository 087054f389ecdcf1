import { expect, it } from "vitest";
import { DEFAULTS, readConfig, webSocketUrl } from "./config";

it("takes over the settings of the original UI", () => {
  const config = readConfig(
    '{"apiUrl":"https://logs.example.com//","wsUrl":"wss://logs.example.com/ws","uiSecret":"s"}',
  );
  expect(config).toEqual({
    ...DEFAULTS,
    apiUrl: "https://logs.example.com",
    wsUrl: "wss://logs.example.com/ws",
    uiSecret: "s",
  });
});
it("takes nonsense for the defaults", () => {
  for (const text of [null, "", "[]", "7", '{"pageSize":3,"theme":1}']) expect(readConfig(text)).toEqual(DEFAULTS);
});
it("finds the WebSocket beside the API", () => {
  expect(webSocketUrl({ apiUrl: "", wsUrl: "" }, "https://a.example/logs")).toBe("wss://a.example/logs/ws");
  expect(webSocketUrl({ apiUrl: "http://b.example:8081/logs/", wsUrl: "" }, "https://a.example")).toBe(
    "ws://b.example:8081/logs/ws",
  );
  expect(webSocketUrl({ apiUrl: "http://b.example", wsUrl: "ws://b.example:8080" }, "https://a.example")).toBe(
    "ws://b.example:8080",
  );
});
