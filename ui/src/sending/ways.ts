// What to paste into a program so that its logs come to this server: the commonest; docs/senders has the rest. Pure.

/** A port beside the API's, as GET /api/health tells of it. */
export interface Listener {
  protocol: string;
  port: number;
}

export interface Target {
  /** Address of the API, without a slash at its end. */
  url: string;
  /** Whether programs are registered one by one, each with a token of its own. */
  registered: boolean;
  listeners: readonly Listener[];
}

interface Way {
  name: string;
  /** Where the text goes. */
  where: string;
  text: string;
}

/** Stands for the key, which no page knows. */
export const KEY = "THE-KEY";

export function waysTo({ url, registered, listeners }: Target): Way[] {
  const key = registered ? `shop:${KEY}` : KEY;
  const { hostname } = new URL(url);
  const portOf = (protocol: string) => listeners.find((one) => one.protocol === protocol)?.port;
  const gelf = portOf("GELF");
  const syslog = portOf("syslog");
  const ways = [
    curl(url, key),
    python(url, registered),
    node(url),
    openTelemetry(url, key),
    loki(url, key),
    fluentBit(url, key),
    gelf === undefined ? dockerBySplunk(url, key) : dockerByGelf(`${hostname}:${gelf}`),
    files(url, registered),
  ];
  return syslog === undefined ? ways : [...ways, rsyslog(hostname, syslog)];
}

const curl = (url: string, key: string): Way => ({
  name: "curl",
  where: "In a shell",
  text: `curl ${url}/in/shop/production \\
  -H "Authorization: Bearer ${key}" -d "WARN stock is low"`,
});

const python = (url: string, registered: boolean): Way => ({
  name: "Python",
  where: "After pip install logstream-handler",
  text: `import logging
from logstream_handler import LogstreamHandler

handler = LogstreamHandler(
    "${url}", app_key="shop", ${registered ? "client_token" : "key"}="${KEY}"
)
logging.basicConfig(level=logging.INFO, handlers=[handler])
logging.warning("stock is low", extra={"product": 7})`,
});

const node = (url: string): Way => ({
  name: "Node.js",
  where: "After npm install pino pino-loki",
  text: `const pino = require("pino");

const log = pino({ transport: { target: "pino-loki", options: {
  host: "${url}",
  basicAuth: { username: "shop", password: "${KEY}" },
  labels: { app: "shop" },
  batching: { interval: 1 },
} } });
log.warn({ product: 7 }, "stock is low");`,
});

const openTelemetry = (url: string, key: string): Way => ({
  name: "OpenTelemetry",
  where: "In the environment of any SDK",
  text: `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=${url}/v1/logs
OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/protobuf
OTEL_EXPORTER_OTLP_LOGS_HEADERS="Authorization=Bearer ${key}"
OTEL_SERVICE_NAME=shop`,
});

const loki = (url: string, key: string): Way => ({
  name: "Loki",
  where: "In config.alloy; Promtail and others take the same",
  text: `loki.write "logstream" {
  endpoint {
    url          = "${url}/loki/api/v1/push"
    bearer_token = "${key}"
  }
}`,
});

function fluentBit(url: string, key: string): Way {
  const { hostname, port, protocol } = new URL(url);
  const isSecure = protocol === "https:";
  return {
    name: "Fluent Bit",
    where: "In fluent-bit.conf",
    text: `[OUTPUT]
    Name    http
    Match   *
    Host    ${hostname}
    Port    ${port || (isSecure ? 443 : 80)}
    Tls     ${isSecure ? "On" : "Off"}
    Uri     ${new URL(`${url}/in/shop/production`).pathname}
    Format  json
    Header  Authorization Bearer ${key}`,
  };
}

const dockerBySplunk = (url: string, key: string): Way => ({
  name: "Docker",
  where: "In a shell",
  text: `docker run --rm --log-driver splunk \\
  --log-opt splunk-url=${url} \\
  --log-opt splunk-token=${key} \\
  --log-opt splunk-source=shop alpine echo "WARN stock is low"`,
});

const dockerByGelf = (host: string): Way => ({
  name: "Docker",
  where: "In a shell",
  text: `docker run --rm --log-driver gelf \\
  --log-opt gelf-address=udp://${host} \\
  --log-opt tag=shop alpine echo "WARN stock is low"`,
});

const files = (url: string, registered: boolean): Way => ({
  name: "Log files",
  where: "In a shell, where the files are",
  text: `export LOGSTREAM_URL=${url}
${registered ? `export LOGSTREAM_CLIENT_KEY=shop LOGSTREAM_CLIENT_TOKEN=${KEY}` : `export LOGSTREAM_KEY=${KEY}`}
logstream send --follow '/var/log/*.log' --app-key shop --app-id production`,
});

const rsyslog = (hostname: string, port: number): Way => ({
  name: "syslog",
  where: "In /etc/rsyslog.d/60-logstream.conf",
  text: `action(type="omfwd" target="${hostname}" port="${port}" protocol="tcp"
       template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"
       queue.type="LinkedList" action.resumeRetryCount="-1")`,
});
