// A message as one line of the list: no terminal colours, line ends as a sign, no more than a screen can show.
import { withoutAnsi } from "./ansi";

export const SHOWN = 600;

export function oneLine(message: string): string {
  const start = withoutAnsi(message.length > 4 * SHOWN ? message.slice(0, 4 * SHOWN) : message).trim();
  const line = start.replace(/\s*(?:\r\n|\r|\n)\s*/g, " ⏎ ").replace(/\s+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
