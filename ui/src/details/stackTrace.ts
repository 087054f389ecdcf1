// The stack trace that an entry carries, wherever its logger put it: pure.
import type { LogEntry } from "../entries/entry";

const NAMES = /^(?:exception\.)?(?:error\.)?(?:stack_?trace|stack|traceback|exc_info|exc_text|error_stack|exception)$/i;
/** Lines that say where something happened: Java and JavaScript, Python, Go, Ruby, PHP and .NET. */
const FRAME = /^\s*(?:at \S|File "|#\d+ |from \S+:\d+|\S+\.(?:go|rb|rs|php):\d+|Traceback |Caused by: )/m;

/** As it was sent; null where the entry has none. */
export function stackTraceOf({ message, context }: Pick<LogEntry, "message"> & { context: unknown }): string | null {
  const inContext = stackIn(context, 0);
  if (inContext !== null) return inContext;
  return message.includes("\n") && FRAME.test(message) ? message : null;
}

function stackIn(value: unknown, depth: number): string | null {
  if (typeof value !== "object" || value === null || depth > 4) return null;
  const members = Object.entries(value);
  const named = members.find(([name, member]) => typeof member === "string" && NAMES.test(name) && FRAME.test(member));
  if (named) return named[1] as string;
  for (const [, member] of members) {
    const found = stackIn(member, depth + 1);
    if (found !== null) return found;
  }
  return null;
}
