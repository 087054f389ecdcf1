// When to connect, how, and when to try again: the decisions of the live stream as a pure function. Two failed attempts
// on a WebSocket that never opened are followed by the event stream, and the other way round; a rejected key ends it all
// until somebody acts.

export interface Machine {
  phase: "closed" | "connecting" | "open" | "waiting" | "rejected";
  transport: "ws" | "sse";
  /** Failures since it was last open. */
  failures: number;
  reason: string | null;
}

export type Happening =
  | { type: "start" }
  | { type: "stop" }
  | { type: "opened" }
  | { type: "failed"; code: number | null; reason: string | null }
  | { type: "rejected" }
  | { type: "elapsed" };

export interface Step {
  machine: Machine;
  /** What is to be done: connect now, wait so many ms and say "elapsed", or drop the connection. */
  effect: { connect: true } | { wait: number } | { drop: true } | null;
}

export const INITIAL: Machine = { phase: "closed", transport: "ws", failures: 0, reason: null };
export const FIRST_WAIT = 500;
export const LONGEST_WAIT = 15_000;
const ATTEMPTS = 2;

/** Milliseconds before the next attempt; `random` in 0..1 spreads viewers that lost their server together. */
export function backOff(failures: number, random: number): number {
  return Math.round(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures - 1, 10)) * (0.75 + random / 2));
}

/** `fallsBack`: whether there is an event stream to fall back to. */
export function step(machine: Machine, happening: Happening, fallsBack: boolean, random = Math.random()): Step {
  switch (happening.type) {
    case "start":
      return { machine: { ...machine, phase: "connecting", failures: 0, reason: null }, effect: { connect: true } };
    case "stop":
      return { machine: { ...INITIAL }, effect: { drop: true } };
    case "rejected":
      return {
        machine: { ...machine, phase: "rejected", reason: "The server refused the key" },
        effect: { drop: true },
      };
    case "opened":
      if (machine.phase !== "connecting") return { machine, effect: null };
      return { machine: { ...machine, phase: "open", failures: 0, reason: null }, effect: null };
    case "failed": {
      if (machine.phase !== "connecting" && machine.phase !== "open") return { machine, effect: null };
      const failures = machine.failures + 1;
      const reason = why(happening.code, happening.reason, machine.phase === "open");
      const switches = fallsBack && machine.phase === "connecting" && failures % ATTEMPTS === 0;
      const other = machine.transport === "ws" ? "sse" : "ws";
      const wait = switches ? 0 : backOff(failures, random);
      return {
        machine: { phase: "waiting", transport: switches ? other : machine.transport, failures, reason },
        effect: { wait },
      };
    }
    case "elapsed":
      if (machine.phase !== "waiting") return { machine, effect: null };
      return { machine: { ...machine, phase: "connecting" }, effect: { connect: true } };
  }
}

function why(code: number | null, reason: string | null, wasOpen: boolean): string {
  if (reason) return reason;
  if (code === 1001) return "The server is stopping";
  if (code === 1013) return "The server asked to come again later";
  if (code === 1009) return "A message was too long";
  return wasOpen ? "The connection was lost" : "The server can't be reached";
}
