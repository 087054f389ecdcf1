// A message as one line of the list: no terminal colours, line ends as a sign, no more than a screen can show.
import { withoutAnsi } from "./ansi";

export const SHOWN = 600;

export function oneLine(message: string): string {
  const start = withoutAnsi(message.length > 4 * SHOWN ? message.slice(0, 4 * SHOWN) : message).trim();
  const line = start.replace(/\s*(?:\r\n|\r|\n)\s*/g, " ⏎ ").replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}

/** Whether a message has more to read than its line shows. */
export function isLonger(message: string): boolean {
  return message.length > SHOWN || /[\r\n]/.test(message.trim());
}

/** Bytes or characters for people: 1.0 MB. */
export function size(count: number): string {
  if (count < 1000) return `${count}`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)} k`;
  return `${(count / 1_000_000).toFixed(1)} M`;
}
