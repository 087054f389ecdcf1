// The live stream, off the page's thread: it keeps the connection, cuts frames into rows and hands them over in batches
// that the page asks for. The page never parses what nobody looks at, and 10,000 entries/s cost it next to nothing.
import { type EntryRow, entryOf, gapRow, rowOfJson } from "../entries/row";
import type { Params } from "../url/question";
import { type Connection, type Listener, openEventStream, openWebSocket } from "./connection";
import { CLOSED, type ConnectionEvent, type ConnectionState, transition } from "./connectionState";
import type { LiveEndpoint } from "./endpoint";
import { loadGap } from "./loadGap";
import { matches } from "./matching";
import { RowQueue } from "./rowQueue";
import type { FromWorker, Status, ToWorker } from "./workerProtocol";

const BATCH_EVERY = 100;
const FILTER_AGAIN = 1000;

type Timer = ReturnType<typeof setTimeout>;

let endpoint: LiveEndpoint | null = null;
let state: ConnectionState = CLOSED;
let connection: Connection | null = null;
let nextAttempt: Timer | undefined;
/** The newest entry that came: the next connection goes on behind it. */
let lastId: string | null = null;
let reported: Pick<Status, "retryAt" | "viewers" | "epoch" | "starts"> = {
  retryAt: null,
  viewers: null,
  epoch: -1,
  starts: 0,
};

let filter: Params = {};
let filterEpoch = 0;
/** Filters that were sent and are not yet confirmed. */
let unconfirmed = 0;
/** Whether what arrives is not what was asked for, since the server can't use the filter. */
let filterRefused = false;
let filterAgain: Timer | undefined;

const queue = new RowQueue();
let pageReady = true;
let batchSentAt = 0;
let nextBatch: Timer | undefined;

const post = (message: FromWorker) => postMessage(message);

function report(change: Partial<typeof reported> = {}): void {
  reported = { ...reported, ...change };
  const { phase, transport, reason } = state;
  post({ type: "status", status: { ...reported, phase, transport, reason } });
}

function scheduleBatch(): void {
  if (!pageReady || queue.size === 0 || nextBatch !== undefined) return;
  nextBatch = setTimeout(sendBatch, Math.max(0, batchSentAt + BATCH_EVERY - Date.now()));
}

function sendBatch(): void {
  nextBatch = undefined;
  batchSentAt = Date.now();
  pageReady = false;
  post({ type: "rows", epoch: reported.epoch, rows: queue.take(), counts: queue.counts });
}

function handle(event: ConnectionEvent): void {
  const { state: next, effect } = transition(state, event, endpoint?.extended ?? false);
  state = next;
  clearTimeout(nextAttempt);
  let retryAt: number | null = null;
  if (effect && "drop" in effect) {
    connection?.close();
    connection = null;
  } else if (effect && "wait" in effect) {
    retryAt = Date.now() + effect.wait;
    nextAttempt = setTimeout(() => handle({ type: "elapsed" }), effect.wait);
  } else if (effect) connect();
  report(state.phase === "open" ? { retryAt } : { retryAt, viewers: null });
}

function passes(row: EntryRow): boolean {
  if (endpoint?.extended) return true; // the server has filtered
  return matches(entryOf({ ...row }), filter); // asked of a copy: the row itself goes to the page as JSON
}

function connect(): void {
  if (!endpoint) return;
  connection?.close();
  const epoch = filterEpoch;
  const resumes = lastId;
  const listener: Listener = {
    opened(viewers) {
      handle({ type: "opened" });
      if (reported.epoch !== epoch) queue.clear();
      report({ viewers, epoch, starts: resumes ? reported.starts : reported.starts + 1 });
    },
    entry(json) {
      const row = rowOfJson(json);
      lastId = row.id;
      if (filterRefused) return;
      if (passes(row)) queue.add(row);
      scheduleBatch();
    },
    gap(dropped, after, before) {
      queue.add(gapRow(dropped, after, before));
      scheduleBatch();
    },
    filtered() {
      unconfirmed--;
      if (unconfirmed > 0) return;
      filterRefused = false;
      queue.clear();
      report({ epoch: filterEpoch });
    },
    refused() {
      unconfirmed = Math.max(0, unconfirmed - 1);
      filterRefused = true;
      queue.clear();
      report({ epoch: filterEpoch }); // the search says what is wrong with the filter
      clearTimeout(filterAgain);
      filterAgain = setTimeout(() => {
        if (filterRefused) sendFilter();
      }, FILTER_AGAIN);
    },
    viewers: (viewers) => report({ viewers }),
    failed: (code, reason) => handle({ type: "failed", code, reason }),
    rejected: () => handle({ type: "rejected" }),
  };
  unconfirmed = 0;
  filterRefused = false;
  const open = state.transport === "ws" ? openWebSocket : openEventStream;
  connection = open(endpoint, filter, resumes, listener);
}

/** Whether the connection could take the filter. */
function sendFilter(): boolean {
  const sent = connection?.filter(filter) ?? false;
  if (sent) unconfirmed++;
  return sent;
}

function changeFilter(): void {
  if (state.phase === "open" && sendFilter()) return;
  lastId = null; // another filter begins with a search of its own
  if (state.phase !== "open" && state.phase !== "connecting") return;
  state = { ...state, phase: "connecting" };
  connect();
  report();
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case "start":
      ({ endpoint, filter } = data);
      filterEpoch = data.epoch;
      lastId = null;
      state = CLOSED;
      queue.clear();
      return handle({ type: "start" });
    case "filter":
      filter = data.filter;
      filterEpoch = data.epoch;
      return changeFilter();
    case "seen":
      lastId ??= data.id;
      return;
    case "ready":
      pageReady = true;
      return scheduleBatch();
    case "retry":
      if (state.phase === "waiting") handle({ type: "elapsed" });
      return;
    case "stop":
      endpoint = null;
      return handle({ type: "stop" });
    case "load":
      if (endpoint)
        loadGap(endpoint, data.filter, data.gap).then((rows) => post({ type: "loaded", gap: data.gap, rows }));
  }
};
