// The live stream, off the page's thread: it keeps the connection, cuts frames into rows and hands them over in batches
// that the page asks for. The page never parses what nobody looks at, and 10,000 entries/s cost it next to nothing.

import type { LogEntry } from "../entries/entry";
import { parseExactly } from "../entries/lossless";
import { gapRow, rowOfJson } from "../entries/row";
import type { Params } from "../url/question";
import { type Connection, type Listener, openEventStream, openWebSocket } from "./connection";
import { loadGap } from "./loadGap";
import { type Happening, INITIAL, type Machine, step } from "./machine";
import { matches } from "./matching";
import { Outbox } from "./outbox";
import type { FromWorker, Status, Target, ToWorker } from "./protocol";

const BATCH_EVERY = 100;
const ASK_AGAIN = 1000;

const outbox = new Outbox();
let machine: Machine = INITIAL;
let target: Target | null = null;
let filter: Params = {};
let asked = 0;
let connection: Connection | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let lastId: string | null = null;
let shown: Omit<Status, "phase" | "transport" | "reason"> = { retryAt: null, viewers: null, epoch: -1, starts: 0 };
/** Filters that were sent and are not yet confirmed. */
let waiting = 0;
/** Whether what arrives is not what was asked for, since the server can't use the filter. */
let refused = false;
let asking: ReturnType<typeof setTimeout> | undefined;
let pageReady = true;
let givenAt = 0;
let giving: ReturnType<typeof setTimeout> | undefined;

const post = (message: FromWorker) => postMessage(message);

function tell(change: Partial<typeof shown> = {}): void {
  shown = { ...shown, ...change };
  post({
    type: "status",
    status: { ...shown, phase: machine.phase, transport: machine.transport, reason: machine.reason },
  });
}

function give(): void {
  if (!pageReady || outbox.size === 0 || giving !== undefined) return;
  giving = setTimeout(
    () => {
      giving = undefined;
      givenAt = Date.now();
      pageReady = false;
      post({ type: "rows", epoch: shown.epoch, rows: outbox.take(), counts: outbox.counts });
    },
    Math.max(0, givenAt + BATCH_EVERY - Date.now()),
  );
}

function happened(happening: Happening): void {
  const next = step(machine, happening, target?.complete ?? false);
  machine = next.machine;
  clearTimeout(timer);
  let retryAt: number | null = null;
  if (next.effect && "drop" in next.effect) {
    connection?.close();
    connection = null;
  } else if (next.effect && "wait" in next.effect) {
    retryAt = Date.now() + next.effect.wait;
    timer = setTimeout(() => happened({ type: "elapsed" }), next.effect.wait);
  } else if (next.effect) connect();
  tell({ retryAt, ...(machine.phase === "open" ? {} : { viewers: null }) });
}

function connect(): void {
  if (!target) return;
  connection?.close();
  const epoch = asked;
  const resumes = lastId;
  const listener: Listener = {
    opened(viewers) {
      happened({ type: "opened" });
      if (shown.epoch !== epoch) outbox.clear();
      tell({ viewers, epoch, starts: shown.starts + (resumes ? 0 : 1) });
    },
    entry(json) {
      const row = rowOfJson(json);
      lastId = row.id;
      if (refused) return;
      const passes =
        target?.complete ||
        matches(typeof row.source === "string" ? (parseExactly(row.source) as LogEntry) : row.source, filter);
      if (passes) outbox.add(row);
      give();
    },
    gap(dropped, after, before) {
      outbox.add(gapRow(dropped, after, before));
      give();
    },
    filtered() {
      waiting--;
      if (waiting > 0) return;
      refused = false;
      outbox.clear();
      tell({ epoch: asked });
    },
    refused() {
      waiting = Math.max(0, waiting - 1);
      refused = true;
      outbox.clear();
      tell({ epoch: asked }); // the search says what is wrong with the filter
      clearTimeout(asking);
      asking = setTimeout(() => refused && connection?.filter(filter) && waiting++, ASK_AGAIN);
    },
    viewers: (viewers) => tell({ viewers }),
    failed: (code, reason) => happened({ type: "failed", code, reason }),
    rejected: () => happened({ type: "rejected" }),
  };
  waiting = 0;
  refused = false;
  const open = machine.transport === "ws" ? openWebSocket : openEventStream;
  connection = open(target, filter, resumes, listener);
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "start":
      ({ target, filter } = data);
      asked = data.epoch;
      lastId = null;
      machine = INITIAL;
      outbox.clear();
      return happened({ type: "start" });
    case "filter":
      filter = data.filter;
      asked = data.epoch;
      if (machine.phase === "open" && connection?.filter(filter)) waiting++;
      else if (machine.phase === "open" || machine.phase === "connecting") {
        lastId = null; // another filter begins with a search of its own
        machine = { ...machine, phase: "connecting" };
        connect();
        tell();
      } else lastId = null;
      return;
    case "seen":
      lastId ??= data.id;
      return;
    case "ready":
      pageReady = true;
      return give();
    case "retry":
      if (machine.phase === "waiting") happened({ type: "elapsed" });
      return;
    case "stop":
      target = null;
      return happened({ type: "stop" });
    case "load":
      if (target) loadGap(target, data.filter, data.gap).then((rows) => post({ type: "loaded", gap: data.gap, rows }));
  }
};
