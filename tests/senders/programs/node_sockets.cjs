// Three events over a socket, with the libraries of Node.js. KIND, KEY and the ports are given by the test.
const { createRequire } = require("node:module");

const load = createRequire(`${process.env.MODULES}/`);
const events = [
  ["info", "order 42 placed", { user_id: 7 }],
  ["warning", 'grüße 你好 😀 "quoted"\nline two', { region: "eu" }],
  ["error", "payment failed", { stack: new TypeError("division by zero").stack }],
];

async function gelf(adapterName) {
  const log = load("gelf-pro");
  log.setConfig({
    adapterName,
    adapterOptions: { host: "127.0.0.1", port: Number(process.env.GELF_PORT) },
    fields: { app: "shop", logger: "shop.checkout" },
  });
  for (const [level, message, fields] of events) {
    await new Promise((done) => log[level](message, fields, done));
  }
}

async function forward(eventMode) {
  const { FluentClient } = load("@fluent-org/logger");
  const client = new FluentClient("shop", {
    socket: { host: "127.0.0.1", port: Number(process.env.FORWARD_PORT) },
    eventMode,
    ack: { ackTimeout: 20000 },
    security: { clientHostname: "web-1", sharedKey: process.env.KEY },
  });
  await Promise.all(events.map(([level, message, fields]) => client.emit("checkout", { message, level, ...fields })));
  await client.disconnect();
}

const [library, how] = process.env.KIND.split(" ");
(library === "gelf-pro" ? gelf(how) : forward(how)).catch((error) => {
  console.error(error);
  process.exit(1);
});
