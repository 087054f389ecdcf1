// The server's words, from its own description (openapi.yaml, generated into schema.d.ts), under short names.
import type { components } from "./schema";

type Schemas = components["schemas"];
export type LogEntry = Schemas["LogEntry"];
export type Level = Schemas["Level"];
export type Counts = Schemas["Counts"];
export type Stats = Schemas["Stats"];
export type ValueCount = Schemas["ValueCount"];
export type Bucket = Stats["histogram"]["buckets"][number];

export interface Page {
  total: number | null;
  limit: number;
  offset: number;
  entries: LogEntry[];
  next_cursor?: string | null;
}

export interface Info {
  version: string;
  storage_type: string;
  features: { client_management: boolean; retention: boolean; websocket: boolean };
}

/** From the least to the most severe. */
export const LEVELS: readonly Level[] = ["debug", "info", "notice", "warning", "error", "critical"];
export const COUNTED_FIELDS = ["app_key", "app_id", "level", "category", "user_agent"] as const;
export type CountedField = (typeof COUNTED_FIELDS)[number];

/** Filters as the query string carries them. */
export type Params = Record<string, string>;
