// Numbers of any size, for people. Pure.
import { shortCount } from "../text/count";

/** With about three digits, and its unit. */
export function numberText(value: number, unit = ""): string {
  return unit ? `${digits(value)} ${unit}` : digits(value);
}

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return value < 0 ? `−${shortCount(size)}` : shortCount(Math.round(size));
  if (size >= 100) return Math.round(value).toLocaleString("en");
  const precision = size < 1 ? 2 : 3;
  return Number(value.toPrecision(precision)).toLocaleString("en", { maximumFractionDigits: 6 });
}

/** How much more or less there is than before. */
export function changeText(now: number, before: number): string {
  if (before === 0) return now === 0 ? "as before" : "none before";
  const change = Math.round((100 * (now - before)) / Math.abs(before));
  if (change === 0) return "as before";
  if (Math.abs(change) >= 1000) return `×${shortCount(Math.round(now / before))}`;
  return change < 0 ? `−${-change} %` : `+${change} %`;
}
