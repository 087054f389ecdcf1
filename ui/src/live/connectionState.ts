// When to connect, how, and when to try again: the decisions of the live stream as a pure function. Two failed attempts
// on a WebSocket that never opened are followed by the event stream, and the other way round; a rejected key ends it all
// until somebody acts.

export interface ConnectionState {
  phase: "closed" | "connecting" | "open" | "waiting" | "rejected";
  transport: "ws" | "sse";
  /** Failures since it was last open. */
  failures: number;
  /** Why it is not open. */
  reason: string | null;
}

export type ConnectionEvent =
  | { type: "start" }
  | { type: "stop" }
  | { type: "opened" }
  | { type: "failed"; code: number | null; reason: string | null }
  | { type: "rejected" }
  | { type: "elapsed" };

export interface Transition {
  state: ConnectionState;
  /** What is to be done: connect now, wait so many ms and say "elapsed", or drop the connection. */
  effect: { connect: true } | { wait: number } | { drop: true } | null;
}

export const CLOSED: ConnectionState = { phase: "closed", transport: "ws", failures: 0, reason: null };
const FIRST_WAIT = 500;
export const LONGEST_WAIT = 15_000;
const ATTEMPTS = 2;

/** Milliseconds before the next attempt; `random` in 0..1 spreads viewers that lost their server together. */
export function backOff(failures: number, random: number): number {
  return Math.round(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 10)) * (0.75 + random / 2));
}

/** `fallsBack`: whether there is an event stream to fall back to. */
export function transition(
  state: ConnectionState,
  event: ConnectionEvent,
  fallsBack: boolean,
  random = Math.random(),
): Transition {
  switch (event.type) {
    case "start":
      return { state: { ...state, phase: "connecting", failures: 0, reason: null }, effect: { connect: true } };
    case "stop":
      return { state: { ...CLOSED }, effect: { drop: true } };
    case "rejected":
      return { state: { ...state, phase: "rejected", reason: "The server rejected the key" }, effect: { drop: true } };
    case "opened":
      if (state.phase !== "connecting") return { state, effect: null };
      return { state: { ...state, phase: "open", failures: 0, reason: null }, effect: null };
    case "failed": {
      if (state.phase !== "connecting" && state.phase !== "open") return { state, effect: null };
      const failures = state.failures + 1;
      const reason = event.reason ?? reasonOf(event.code, state.phase === "open");
      if (fallsBack && state.phase === "connecting" && failures % ATTEMPTS === 0) {
        const transport = state.transport === "ws" ? "sse" : "ws";
        return { state: { phase: "waiting", transport, failures, reason }, effect: { wait: 0 } };
      }
      return { state: { ...state, phase: "waiting", failures, reason }, effect: { wait: backOff(failures, random) } };
    }
    case "elapsed":
      if (state.phase !== "waiting") return { state, effect: null };
      return { state: { ...state, phase: "connecting" }, effect: { connect: true } };
  }
}

function reasonOf(code: number | null, wasOpen: boolean): string {
  if (code === 1001) return "The server is shutting down";
  if (code === 1013) return "The server asked to try again later";
  if (code === 1009) return "A message was too large";
  return wasOpen ? "Connection lost" : "Can't reach the server";
}
