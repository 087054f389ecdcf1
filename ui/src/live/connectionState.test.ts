import { describe, expect, it } from "vitest";
import {
  backOff,
  CLOSED,
  type ConnectionEvent,
  type ConnectionState,
  LONGEST_WAIT,
  type Transition,
  transition,
} from "./connectionState";

const run = (events: ConnectionEvent[], fallsBack = true, from: ConnectionState = CLOSED): Transition[] => {
  let state = from;
  return events.map((event) => {
    const next = transition(state, event, fallsBack, 0.5);
    state = next.state;
    return next;
  });
};
const failed: ConnectionEvent = { type: "failed", code: null, reason: null };
const last = (steps: Transition[]) => steps[steps.length - 1] as Transition;

describe("the state of the connection", () => {
  it("connects and opens", () => {
    const [started, opened] = run([{ type: "start" }, { type: "opened" }]);
    expect(started?.effect).toEqual({ connect: true });
    expect(opened?.state).toMatchObject({ phase: "open", failures: 0, reason: null });
  });
  it("waits longer after every failure, within bounds", () => {
    const waits = [1, 2, 3, 20].map((failures) => backOff(failures, 0.5));
    expect(waits).toEqual([500, 1000, 2000, LONGEST_WAIT]);
    expect(backOff(1, 0)).toBeLessThan(backOff(1, 1));
  });
  it("tries again after a loss, and says why", () => {
    const steps = run([
      { type: "start" },
      { type: "opened" },
      { type: "failed", code: 1001, reason: null },
      { type: "elapsed" },
    ]);
    expect(steps[2]?.state).toMatchObject({ phase: "waiting", reason: "The server is shutting down", transport: "ws" });
    expect(steps[2]?.effect).toEqual({ wait: 500 });
    expect(steps[3]?.effect).toEqual({ connect: true });
  });
  it("falls back to the event stream where a WebSocket never opens, and back again", () => {
    const steps = run([{ type: "start" }, failed, { type: "elapsed" }, failed]);
    expect(last(steps)).toMatchObject({ state: { transport: "sse" }, effect: { wait: 0 } });
    const back = run([{ type: "elapsed" }, failed, { type: "elapsed" }, failed], true, last(steps).state);
    expect(last(back).state.transport).toBe("ws");
  });
  it("stays with what worked when that is lost", () => {
    const steps = run([
      { type: "start" },
      failed,
      { type: "elapsed" },
      failed,
      { type: "elapsed" },
      { type: "opened" },
      failed,
    ]);
    expect(last(steps).state).toMatchObject({ transport: "sse", phase: "waiting", failures: 1 });
  });
  it("does not fall back where there is nothing to fall back to", () => {
    const steps = run([{ type: "start" }, failed, { type: "elapsed" }, failed], false);
    expect(last(steps).state.transport).toBe("ws");
  });
  it("does not try again with a rejected key", () => {
    const steps = run([{ type: "start" }, { type: "rejected" }, failed, { type: "elapsed" }]);
    expect(steps[1]).toMatchObject({ state: { phase: "rejected" }, effect: { drop: true } });
    expect(last(steps)).toMatchObject({ state: { phase: "rejected" }, effect: null });
    expect(run([{ type: "start" }], true, last(steps).state)[0]?.effect).toEqual({ connect: true });
  });
});
