// The live stream as the page sees it: a store with the list, the connection's state and counts. It owns the worker and
// knows nothing of what shows it.

import { byLevel, LEVELS, type Level } from "../entries/entry";
import type { GapRow } from "../entries/row";
import type { Params } from "../url/question";
import { append, type Buffer, EMPTY, fill, pause, resumeFromHere, resumeFromNow } from "./buffer";
import type { FromWorker, Status, Target, ToWorker } from "./protocol";

export interface Snapshot {
  buffer: Buffer;
  status: Status;
  counts: Record<Level, number>;
  /** Entries a second, over the last seconds. */
  rate: number;
  /** Changes with every filter. */
  epoch: number;
  /** Gaps that are being loaded, and those that could not be. */
  loading: ReadonlySet<string>;
  unloadable: ReadonlySet<string>;
}

const CLOSED: Status = {
  phase: "closed",
  transport: "ws",
  reason: null,
  retryAt: null,
  viewers: null,
  epoch: -1,
  starts: 0,
};
const RATE_SECONDS = 5;

export class Feed {
  private worker: Worker | null = null;
  private listeners = new Set<() => void>();
  private target = "";
  private filter: Params = {};
  private filterKey = "{}";
  private marks: { at: number; total: number }[] = [];
  private snapshot: Snapshot = {
    buffer: EMPTY,
    status: CLOSED,
    counts: byLevel(() => 0),
    rate: 0,
    epoch: 0,
    loading: new Set(),
    unloadable: new Set(),
  };

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  get = (): Snapshot => this.snapshot;

  /** Watch a server; doing so again with the same one changes nothing. */
  start(target: Target): void {
    const key = JSON.stringify(target);
    if (key === this.target) return;
    this.target = key;
    if (!this.worker) {
      this.worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      setInterval(() => this.cool(), 1000);
      this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.take(data);
    }
    this.nextEpoch();
    this.tell({ type: "start", target, filter: this.filter, epoch: this.snapshot.epoch });
  }

  stop(): void {
    if (!this.target) return;
    this.target = "";
    this.tell({ type: "stop" });
    this.change({ status: CLOSED, rate: 0 });
  }

  retry = (): void => this.tell({ type: "retry" });

  setFilter(filter: Params): void {
    const key = JSON.stringify(filter);
    if (key === this.filterKey) return;
    this.filter = filter;
    this.filterKey = key;
    this.nextEpoch();
    if (this.target) this.tell({ type: "filter", filter, epoch: this.snapshot.epoch });
  }

  /** The newest entry a search found: a connection that is lost before anything arrives goes on from there. */
  seen(id: string): void {
    this.tell({ type: "seen", id });
  }

  pause = (): void => this.setBuffer(pause(this.snapshot.buffer));
  resumeFromHere = (): void => this.setBuffer(resumeFromHere(this.snapshot.buffer));
  resumeFromNow = (): void => this.setBuffer(resumeFromNow(this.snapshot.buffer));
  clear = (): void => this.setBuffer({ ...EMPTY, trimmed: true, following: this.snapshot.buffer.following });

  load(gap: GapRow): void {
    this.change({ buffer: pause(this.snapshot.buffer), loading: new Set([...this.snapshot.loading, gap.id]) });
    this.tell({ type: "load", gap, filter: this.filter });
  }

  private nextEpoch(): void {
    const following = this.snapshot.buffer.following;
    this.change({ epoch: this.snapshot.epoch + 1, buffer: { ...EMPTY, following } });
  }

  private setBuffer(buffer: Buffer): void {
    if (buffer !== this.snapshot.buffer) this.change({ buffer });
  }

  private tell(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private take(message: FromWorker): void {
    if (message.type === "status") this.change({ status: this.target ? message.status : CLOSED });
    else if (message.type === "loaded") this.loaded(message.gap, message.rows);
    else {
      const stale = message.epoch !== this.snapshot.epoch;
      const buffer = stale ? this.snapshot.buffer : append(this.snapshot.buffer, message.rows);
      this.change({ buffer, counts: message.counts, rate: this.rateOf(message.counts) });
      requestAnimationFrame(() => this.tell({ type: "ready" }));
    }
  }

  private loaded(gap: GapRow, rows: Parameters<typeof fill>[2] | null): void {
    const loading = new Set(this.snapshot.loading);
    loading.delete(gap.id);
    if (rows === null) this.change({ loading, unloadable: new Set([...this.snapshot.unloadable, gap.id]) });
    else this.change({ loading, buffer: fill(this.snapshot.buffer, gap, rows) });
  }

  private rateOf(counts: Record<Level, number>): number {
    const now = performance.now();
    const total = LEVELS.reduce((sum, level) => sum + counts[level], 0);
    this.marks.push({ at: now, total });
    while (this.marks.length > 2 && now - (this.marks[0]?.at ?? now) > RATE_SECONDS * 1000) this.marks.shift();
    const first = this.marks[0];
    if (!first || now - first.at < 500) return this.snapshot.rate;
    return ((total - first.total) * 1000) / (now - first.at);
  }

  /** The rate falls when nothing arrives. */
  private cool(): void {
    const rate = this.rateOf(this.snapshot.counts);
    if (Math.round(rate) !== Math.round(this.snapshot.rate)) this.change({ rate });
  }

  private change(change: Partial<Snapshot>): void {
    this.snapshot = { ...this.snapshot, ...change };
    for (const listener of this.listeners) listener();
  }
}

export const feed = new Feed();
