// Three events over HTTP, or three for each line that the test writes. KIND, URL, KEY, APP and PHASES are given by it.
import { createInterface } from "node:readline";

const { KIND, URL: url, KEY, APP = "shop", PHASES } = process.env;
const STACK = new TypeError("division by zero");
const TRACE = "ab".repeat(16);

/** A logger of pino, once what it writes to is there. */
async function pinoTo(stream) {
  const { default: pino } = await import("pino");
  const base = { app: APP, pid: process.pid, hostname: "web-1" };
  const log = pino({ name: "shop.checkout", base }, await stream(pino));
  return {
    info: (text, fields) => log.info(fields, text),
    warn: (text, fields) => log.warn(fields, text),
    error: (text, fields, error) => log.error({ ...fields, err: error }, text),
  };
}

const SENDERS = {
  async "pino-loki"() {
    const basicAuth = { username: "shop", password: KEY };
    const options = { host: url, labels: { app: APP }, basicAuth, batching: { interval: 0.5 } };
    const log = await pinoTo((pino) => pino.transport({ target: import.meta.resolve("pino-loki"), options }));
    return { ...log, end: () => {} }; // pino ends what it writes to when the process does
  },
  async "pino-seq"() {
    const { default: seq } = await import("pino-seq");
    const stream = seq.createStream({ serverUrl: url, apiKey: KEY, onError: (error) => console.error(error.message) });
    return { ...(await pinoTo(() => stream)), end: () => stream.flush() };
  },
  async OpenTelemetry() {
    const { BatchLogRecordProcessor, LoggerProvider } = await import("@opentelemetry/sdk-logs");
    const { OTLPLogExporter } = await import("@opentelemetry/exporter-logs-otlp-http");
    const { resourceFromAttributes } = await import("@opentelemetry/resources");
    const { ROOT_CONTEXT, trace } = await import("@opentelemetry/api");
    const exporter = new OTLPLogExporter({
      url: `${url}/v1/logs`,
      headers: { authorization: `Bearer ${KEY}` },
      compression: process.env.GZIP ? "gzip" : "none",
      timeoutMillis: 60_000,
    });
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ "service.name": APP, "service.instance.id": "web-1" }),
      processors: [new BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 500, exportTimeoutMillis: 60_000 })],
    });
    const log = provider.getLogger("shop.checkout");
    const context = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE, spanId: "cd".repeat(8), traceFlags: 1 });
    const emit = (severityNumber, severityText) => (body, { trace_id, ...attributes }, error) => {
      const exception = error && {
        "exception.type": error.name, "exception.message": error.message, "exception.stacktrace": error.stack,
      };
      log.emit({ severityNumber, severityText, body, attributes: { ...attributes, ...exception }, context });
    };
    return { info: emit(9, "INFO"), warn: emit(13, "WARN"), error: emit(17, "ERROR"), end: () => provider.shutdown() };
  },
};

const log = await SENDERS[KIND]();
if (PHASES) {
  for await (const phase of createInterface({ input: process.stdin })) {
    for (let number = 0; number < 3; number += 1) log.info(`${phase.trim()} ${number}`, {});
  }
} else {
  log.info("order 42 placed", { user_id: 7, trace_id: TRACE });
  log.warn('grüße 你好 😀 "quoted"\nline two', { region: "eu", trace_id: TRACE });
  log.error("payment failed", { trace_id: TRACE }, STACK);
  console.log(TRACE);
  for await (const _ of process.stdin);
}
await log.end();
