// What the server answers, from its own description (openapi.yaml, generated into schema.d.ts), under short names.
import type { Level, LogEntry } from "../entries/entry";
import type { components, paths } from "./schema";

type Schemas = components["schemas"];
export type Stats = Schemas["Stats"];
export type KeptAlert = Schemas["KeptAlert"];
type Answer<Operation extends { responses: Record<200, { content: unknown }> }> =
  Operation["responses"][200]["content"] extends Record<"application/json", infer Body> ? Body : never;
export type AlertRecord = Answer<paths["/api/alerts/{name}/history"]["get"]>["history"][number];
/** Once that an alert would have fired. */
export type Fired = Answer<paths["/api/alerts/preview"]["post"]>["fired"][number];
export type ValueCount = Schemas["ValueCount"];
export type Bucket = Stats["histogram"]["buckets"][number];

export interface Pattern {
  pattern: string;
  count: number;
  /** Of all that match, 0 to 1. */
  share: number;
  levels: Record<Level, number>;
  first: string;
  last: string;
  /** There is none before the range. */
  new: boolean;
  example: LogEntry;
  /** What finds its entries, in the search language. */
  q: string;
  /** Counts in the buckets of the timeline. */
  histogram: number[];
}

export interface Patterns {
  patterns: Pattern[];
  total: number;
  /** Whether the counts are estimates. */
  sampled: boolean;
  timeline: { interval: number; starts: string[] };
}

export interface Page {
  total: number | null;
  limit: number;
  offset: number;
  entries: LogEntry[];
  next_cursor?: string | null;
}

export interface Health {
  status: string;
  warnings?: string[];
  /** Ports beside the API's. */
  listeners?: { protocol: string; port: number }[];
}

export interface Info {
  version: string;
  storage_type: string;
  features: { client_management: boolean; retention: boolean; websocket: boolean };
}

export type CountedField = "app_key" | "app_id" | "level" | "category" | "user_agent";
