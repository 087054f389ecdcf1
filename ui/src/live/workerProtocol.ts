// What the page and its worker say to each other.
import type { Level } from "../entries/entry";
import type { GapRow, Row } from "../entries/row";
import type { Params } from "../url/question";
import type { ConnectionState } from "./connectionState";
import type { LiveEndpoint } from "./endpoint";

export type ToWorker =
  | { type: "start"; endpoint: LiveEndpoint; filter: Params; epoch: number }
  | { type: "filter"; filter: Params; epoch: number }
  | { type: "seen"; id: string }
  | { type: "ready" }
  | { type: "retry" }
  | { type: "stop" }
  | { type: "load"; gap: GapRow; filter: Params };

export interface Status extends Pick<ConnectionState, "phase" | "transport" | "reason"> {
  /** When it tries again, in ms since 1970. */
  retryAt: number | null;
  viewers: number | null;
  /** The newest filter that holds for what arrives. */
  epoch: number;
  /** Counts up with every connection that begins without knowing where the last one ended. */
  starts: number;
}

export interface Batch {
  type: "rows";
  epoch: number;
  /** Oldest first. */
  rows: Row[];
  /** Since the page was opened. */
  counts: Record<Level, number>;
}

export type FromWorker =
  | { type: "status"; status: Status }
  | Batch
  | { type: "loaded"; gap: GapRow; rows: Row[] | null };
