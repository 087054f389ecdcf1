// How much later one entry is than another: pure.

/** Microseconds since 1970 of an ISO 8601 time, of which Date knows the milliseconds alone. */
function microseconds(timestamp: string): number {
  const rest = /\.\d{3}(\d{1,3})/.exec(timestamp)?.[1] ?? "";
  return Date.parse(timestamp) * 1000 + Number(rest.padEnd(3, "0"));
}

/** +0.8 ms, +12 ms, +1.24 s, +2 min, +3 h; empty where a time is not understood. */
export function delta(from: string, to: string): string {
  const between = (microseconds(to) - microseconds(from)) / 1000;
  if (Number.isNaN(between)) return "";
  const sign = between < 0 ? "−" : "+";
  return sign + duration(Math.abs(between));
}

function duration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${Number(milliseconds.toFixed(1))} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_995) return `${(milliseconds / 1000).toFixed(2)} s`;
  if (milliseconds < 5_970_000) return `${Math.round(milliseconds / 60_000)} min`;
  return `${Math.round(milliseconds / 3_600_000)} h`;
}
