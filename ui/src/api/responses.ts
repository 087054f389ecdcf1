// What the server answers, from its own description (openapi.yaml, generated into schema.d.ts), under short names.
import type { LogEntry } from "../entries/entry";
import type { components, operations } from "./schema";

type Schemas = components["schemas"];
export type Stats = Schemas["Stats"];
export type Bucket = Stats["histogram"]["buckets"][number];
export type Split = Schemas["Split"];
export type Start = Schemas["Start"];
export type KeptAlert = Schemas["KeptAlert"];
type Answer<Name extends keyof operations> = operations[Name]["responses"] extends {
  200: { content: { "application/json": infer Body } };
}
  ? Body
  : never;
export type AlertRecord = Answer<"listAlertHistory">["history"][number];
/** Once that an alert would have fired. */
export type Fired = Answer<"previewAlert">["fired"][number];
export type ValueCount = Schemas["ValueCount"];
export type Pattern = Schemas["Pattern"];
export type Patterns = Answer<"listPatterns">;

export interface Page {
  total: number | null;
  limit: number;
  offset: number;
  entries: LogEntry[];
  next_cursor?: string | null;
}

export interface Health {
  status: string;
  /** Why it is degraded. */
  reason?: string;
  cluster?: Schemas["Cluster"];
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
