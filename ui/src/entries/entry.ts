// An entry as the server describes it (openapi.yaml, generated into schema.d.ts), and its levels in order.
import type { components } from "../api/schema";

export type LogEntry = components["schemas"]["LogEntry"];
export type Level = components["schemas"]["Level"];

/** From the least to the most severe. */
export const LEVELS: readonly Level[] = ["debug", "info", "notice", "warning", "error", "critical"];
export const SEVERE_FIRST: readonly Level[] = LEVELS.toReversed();

export function byLevel<T>(of: (level: Level) => T): Record<Level, T> {
  return Object.fromEntries(LEVELS.map((level) => [level, of(level)])) as Record<Level, T>;
}

export const isError = (level: Level): boolean => level === "error" || level === "critical";
