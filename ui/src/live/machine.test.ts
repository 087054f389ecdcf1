import { describe, expect, it } from "vitest";
import { backOff, type Happening, INITIAL, LONGEST_WAIT, type Machine, type Step, step } from "./machine";

const run = (happenings: Happening[], fallsBack = true, from: Machine = INITIAL): Step[] => {
  let machine = from;
  return happenings.map((happening) => {
    const next = step(machine, happening, fallsBack, 0.5);
    machine = next.machine;
    return next;
  });
};
const failed: Happening = { type: "failed", code: null, reason: null };
const last = (steps: Step[]) => steps[steps.length - 1] as Step;

describe("the live stream's machine", () => {
  it("connects and opens", () => {
    const [started, opened] = run([{ type: "start" }, { type: "opened" }]);
    expect(started?.effect).toEqual({ connect: true });
    expect(opened?.machine).toMatchObject({ phase: "open", failures: 0, reason: null });
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
    expect(steps[2]?.machine).toMatchObject({ phase: "waiting", reason: "The server is stopping", transport: "ws" });
    expect(steps[2]?.effect).toEqual({ wait: 500 });
    expect(steps[3]?.effect).toEqual({ connect: true });
  });
  it("falls back to the event stream where a WebSocket never opens, and back again", () => {
    const steps = run([{ type: "start" }, failed, { type: "elapsed" }, failed]);
    expect(last(steps)).toMatchObject({ machine: { transport: "sse" }, effect: { wait: 0 } });
    const back = run([{ type: "elapsed" }, failed, { type: "elapsed" }, failed], true, last(steps).machine);
    expect(last(back).machine.transport).toBe("ws");
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
    expect(last(steps).machine).toMatchObject({ transport: "sse", phase: "waiting", failures: 1 });
  });
  it("does not fall back where there is nothing to fall back to", () => {
    const steps = run([{ type: "start" }, failed, { type: "elapsed" }, failed], false);
    expect(last(steps).machine.transport).toBe("ws");
  });
  it("does not try again with a rejected key", () => {
    const steps = run([{ type: "start" }, { type: "rejected" }, failed, { type: "elapsed" }]);
    expect(steps[1]).toMatchObject({ machine: { phase: "rejected" }, effect: { drop: true } });
    expect(last(steps)).toMatchObject({ machine: { phase: "rejected" }, effect: null });
    expect(run([{ type: "start" }], true, last(steps).machine)[0]?.effect).toEqual({ connect: true });
  });
});
