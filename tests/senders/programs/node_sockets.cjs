// Three events over a socket with the libraries of Node.js, or three for each line that the test writes. KIND, KEY, PHASES
// and the ports are given by it.
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

const load = createRequire(`${process.env.MODULES}/`);
const events = [
  ["info", "order 42 placed", { user_id: 7 }],
  ["warning", 'grüße 你好 😀 "quoted"\nline two', { region: "eu" }],
  ["error", "payment failed", { stack: new TypeError("division by zero").stack }],
];

function gelf(adapterName) {
  const log = load("gelf-pro");
  log.setConfig({
    adapterName,
    adapterOptions: { host: "127.0.0.1", port: Number(process.env.GELF_PORT) },
    fields: { app: "shop", logger: "shop.checkout" },
  });
  const say = (level, message, fields) => new Promise((done) => log[level](message, fields, done));
  return { say, end: () => {} };
}

function forward(eventMode) {
  const { FluentClient } = load("@fluent-org/logger");
  const client = new FluentClient("shop", {
    socket: { host: "127.0.0.1", port: Number(process.env.FORWARD_PORT) },
    eventMode,
    ack: { ackTimeout: 20000 },
    security: { clientHostname: "web-1", sharedKey: process.env.KEY },
  });
  const say = (level, message, fields) => client.emit("checkout", { message, level, ...fields });
  return { say, end: () => client.disconnect() };
}

async function main() {
  const [library, how] = process.env.KIND.split(" ");
  const { say, end } = library === "gelf-pro" ? gelf(how) : forward(how);
  if (process.env.PHASES) {
    const said = [];
    for await (const phase of createInterface({ input: process.stdin })) {
      for (let number = 0; number < 3; number += 1) said.push(say("info", `${phase} ${number}`, {}));
    }
    await Promise.allSettled(said);
  } else {
    await Promise.all(events.map((event) => say(...event)));
  }
  await end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
