import { expect, it } from "vitest";
import { KEY, type Target, waysTo } from "./ways";

const TARGET: Target = { url: "https://logs.example.com/team", registered: false, listeners: [] };
const textOf = (name: string, target: Target = TARGET) => waysTo(target).find((way) => way.name === name)?.text;

it("has this server's address in every way, and a place for the key in those that bring one", () => {
  for (const { name, text } of waysTo(TARGET)) {
    expect(text, name).toContain("logs.example.com");
    expect(text, name).toContain(KEY);
  }
  expect(textOf("curl")).toContain("https://logs.example.com/team/in/shop/production");
  expect(textOf("Fluent Bit")).toMatch(/Port {4}443\n.*Tls {5}On\n.*Uri {5}\/team\/in\/shop\/production/);
});
it("has a registered program's name before its token", () => {
  const target = { ...TARGET, registered: true };
  expect(textOf("curl", target)).toContain(`Bearer shop:${KEY}`);
  expect(textOf("Python", target)).toContain(`client_token="${KEY}"`);
  expect(textOf("Log files", target)).toContain(`LOGSTREAM_CLIENT_KEY=shop LOGSTREAM_CLIENT_TOKEN=${KEY}`);
});
it("offers the ports that are open, and no others", () => {
  const listeners = [
    { protocol: "syslog", port: 5514 },
    { protocol: "GELF", port: 12201 },
  ];
  expect(textOf("syslog")).toBeUndefined();
  expect(textOf("syslog", { ...TARGET, listeners })).toContain('target="logs.example.com" port="5514"');
  expect(textOf("Docker")).toContain("splunk-url=https://logs.example.com/team");
  expect(textOf("Docker", { ...TARGET, listeners })).toContain("gelf-address=udp://logs.example.com:12201");
});
