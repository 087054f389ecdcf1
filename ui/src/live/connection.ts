// One connection to the live stream, over a WebSocket or the event stream, told apart by nobody above this.
import { type Params, searchParams } from "../url/question";
import type { LiveEndpoint } from "./endpoint";
import { Rejected, readEvents } from "./eventStream";

export interface Listener {
  opened(viewers: number | null): void;
  entry(json: string): void;
  gap(dropped: number, after: string | null, before: string | null): void;
  filtered(): void;
  /** The server can't use the filter, or was asked too often. */
  refused(): void;
  viewers(count: number): void;
  /** Nothing follows after one of these two. */
  failed(code: number | null, reason: string | null): void;
  rejected(): void;
}

export interface Connection {
  /** Change the filter; false where that takes a new connection. */
  filter(filter: Params): boolean;
  close(): void;
}

const UNAUTHORIZED = 4401;
const ASK_EVERY = 15_000;
const SILENCE = 40_000;
const LOG = '{"type":"log","data":';

export function openWebSocket(
  endpoint: LiveEndpoint,
  filter: Params,
  after: string | null,
  listener: Listener,
): Connection {
  const url = new URL(endpoint.wsUrl);
  if (endpoint.extended) {
    for (const [name, value] of searchParams(filter)) url.searchParams.append(name, value);
    if (after) url.searchParams.set("after", after);
  }
  if (endpoint.key) url.searchParams.set("token", endpoint.key);
  const socket = new WebSocket(url);
  let over = false;
  let heard = Date.now();
  const end = (tell: () => void) => {
    if (over) return;
    over = true;
    clearInterval(asking);
    socket.close();
    tell();
  };
  const asking = setInterval(() => {
    if (Date.now() - heard > SILENCE) end(() => listener.failed(null, "The server stopped responding"));
    else if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"stats"}');
  }, ASK_EVERY);
  socket.onmessage = ({ data }: MessageEvent<string>) => {
    if (over || typeof data !== "string") return;
    heard = Date.now();
    if (data.startsWith(LOG)) listener.entry(data.slice(LOG.length, -1));
    else take(data);
  };
  const take = (data: string) => {
    const message = JSON.parse(data);
    if (message.type === "log") listener.entry(JSON.stringify(message.data));
    else if (message.type === "connected") listener.opened(message.connections ?? null);
    else if (message.type === "stats") listener.viewers(message.data.connections);
    else if (message.type === "gap") listener.gap(message.dropped, message.after, message.before);
    else if (message.type === "subscribed") listener.filtered();
    else if (message.type === "error" && /unauthorized/i.test(message.message)) end(() => listener.rejected());
    else if (message.type === "error") listener.refused();
  };
  socket.onclose = ({ code }) => {
    if (code === UNAUTHORIZED) end(() => listener.rejected());
    else end(() => listener.failed(code === 1006 ? null : code, null));
  };
  return {
    filter(changed) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      if (endpoint.extended) socket.send(JSON.stringify({ type: "subscribe", filter: changed }));
      else queueMicrotask(() => listener.filtered());
      return true;
    },
    close: () => end(() => {}),
  };
}

export function openEventStream(
  endpoint: LiveEndpoint,
  filter: Params,
  after: string | null,
  listener: Listener,
): Connection {
  const given = searchParams(filter);
  if (after) given.set("after", after);
  const stop = new AbortController();
  let over = false;
  const end = (tell: () => void) => {
    if (over) return;
    over = true;
    stop.abort();
    tell();
  };
  readEvents(`${endpoint.apiUrl}/api/logs/stream?${given}`, endpoint.key, stop.signal, (events) => {
    for (const { name, data } of events) {
      if (over) return;
      if (name === "log") listener.entry(data);
      else if (name === "connected") listener.opened(null);
      else if (name === "gap") {
        const gap = JSON.parse(data);
        listener.gap(gap.dropped, gap.after, gap.before);
      }
    }
  }).then(
    () => end(() => listener.failed(null, null)),
    (error) => end(() => (error instanceof Rejected ? listener.rejected() : listener.failed(null, null))),
  );
  return { filter: () => false, close: () => end(() => {}) };
}
