// What stands in the cell of a column that has no form of its own: pure.
import type { LogEntry } from "../entries/entry";
import { ExactNumber } from "../entries/lossless";

/** What a path leads to in a context; at each step the longest key that there is comes first, as in searches. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (typeof value !== "object" || value === null || value instanceof ExactNumber) return undefined;
  for (let taken = path.length; taken > 0; taken--) {
    const key = path.slice(0, taken).join(".");
    if (!Object.hasOwn(value, key)) continue;
    const found = valueAt((value as Record<string, unknown>)[key], path.slice(taken));
    if (found !== undefined) return found;
  }
  return undefined;
}

const CONTEXT = "context.";
const FIELDS = ["app_key", "app_id", "category", "batch_id", "user_agent", "id"] as const;

/** Empty where the entry has no such thing. */
export function cellText(entry: LogEntry, column: string): string {
  if (!column.startsWith(CONTEXT)) return entry[FIELDS.find((name) => name === column) ?? "id"] ?? "";
  const value = valueAt(entry.context, column.slice(CONTEXT.length).split("."));
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
