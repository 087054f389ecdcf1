// A span of time such as 5m, in words: pure.

const UNITS: Record<string, [one: string, many: string]> = {
  s: ["second", "seconds"],
  m: ["minute", "minutes"],
  h: ["hour", "hours"],
  d: ["day", "days"],
  w: ["week", "weeks"],
};

/** 5 minutes, 1 hour. */
export function durationName(duration: string): string {
  const number = duration.slice(0, -1);
  const [one, many] = UNITS[duration.slice(-1)] ?? ["", ""];
  return `${number} ${number === "1" ? one : many}`;
}
