// The live stream as the page sees it: a store with the list, the connection's state and counts. It owns the worker and
// knows nothing of what shows it.
import { byLevel, LEVELS, type Level } from "../entries/entry";
import type { GapRow, Row } from "../entries/row";
import { Store, useStore } from "../state/store";
import type { Params } from "../url/question";
import { append, type Buffer, EMPTY, fill, pause, resumeFromHere, resumeFromNow } from "./buffer";
import type { LiveEndpoint } from "./endpoint";
import type { FromWorker, Status, ToWorker } from "./workerProtocol";

interface LiveState {
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

/** How many entries there were at a time; the rate is that since the first one that is known. */
interface Mark {
  at: number;
  total: number;
}
const LONGEST_AGE = 5000;
const SHORTEST_AGE = 500;

class LiveStream {
  readonly store = new Store<LiveState>({
    buffer: EMPTY,
    status: CLOSED,
    counts: byLevel(() => 0),
    rate: 0,
    epoch: 0,
    loading: new Set(),
    unloadable: new Set(),
  });
  private worker: Worker | null = null;
  private endpoint = "";
  private filter: Params = {};
  private filterKey = "{}";
  private marks: Mark[] = [];

  get state(): LiveState {
    return this.store.get();
  }

  /** Watch a server; doing so again with the same one changes nothing. */
  start(endpoint: LiveEndpoint): void {
    const key = JSON.stringify(endpoint);
    if (key === this.endpoint) return;
    this.endpoint = key;
    if (!this.worker) {
      this.worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
      setInterval(() => this.cool(), 1000);
      this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.take(data);
    }
    this.nextEpoch();
    this.tell({ type: "start", endpoint, filter: this.filter, epoch: this.state.epoch });
  }

  stop(): void {
    if (!this.endpoint) return;
    this.endpoint = "";
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
    if (this.endpoint) this.tell({ type: "filter", filter, epoch: this.state.epoch });
  }

  /** The newest entry a search found: a connection that is lost before anything arrives goes on from there. */
  seen(id: string): void {
    this.tell({ type: "seen", id });
  }

  pause = (): void => this.setBuffer(pause(this.state.buffer));
  resumeFromHere = (): void => this.setBuffer(resumeFromHere(this.state.buffer));
  resumeFromNow = (): void => this.setBuffer(resumeFromNow(this.state.buffer));
  clear = (): void => this.setBuffer({ ...EMPTY, trimmed: true, following: this.state.buffer.following });

  load(gap: GapRow): void {
    this.change({ buffer: pause(this.state.buffer), loading: new Set([...this.state.loading, gap.id]) });
    this.tell({ type: "load", gap, filter: this.filter });
  }

  private nextEpoch(): void {
    const { following } = this.state.buffer;
    this.change({ epoch: this.state.epoch + 1, buffer: { ...EMPTY, following } });
  }

  private setBuffer(buffer: Buffer): void {
    if (buffer !== this.state.buffer) this.change({ buffer });
  }

  private tell(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private take(message: FromWorker): void {
    if (message.type === "status") this.change({ status: this.endpoint ? message.status : CLOSED });
    else if (message.type === "loaded") this.loaded(message.gap, message.rows);
    else {
      const { epoch, buffer } = this.state;
      const { counts, rows } = message;
      const isStale = message.epoch !== epoch;
      this.change({ counts, rate: this.rateOf(counts), buffer: isStale ? buffer : append(buffer, rows) });
      requestAnimationFrame(() => this.tell({ type: "ready" }));
    }
  }

  private loaded(gap: GapRow, rows: readonly Row[] | null): void {
    const loading = new Set(this.state.loading);
    loading.delete(gap.id);
    if (rows === null) this.change({ loading, unloadable: new Set([...this.state.unloadable, gap.id]) });
    else this.change({ loading, buffer: fill(this.state.buffer, gap, rows) });
  }

  private rateOf(counts: Record<Level, number>): number {
    const now = performance.now();
    const total = LEVELS.reduce((sum, level) => sum + counts[level], 0);
    this.marks.push({ at: now, total });
    const ageOf = (mark: Mark | undefined) => (mark ? now - mark.at : 0);
    while (this.marks.length > 2 && ageOf(this.marks[0]) > LONGEST_AGE) this.marks.shift();
    const first = this.marks[0];
    if (!first || ageOf(first) < SHORTEST_AGE) return this.state.rate;
    return ((total - first.total) * 1000) / ageOf(first);
  }

  /** The rate falls when nothing arrives. */
  private cool(): void {
    const rate = this.rateOf(this.state.counts);
    if (Math.round(rate) !== Math.round(this.state.rate)) this.change({ rate });
  }

  private change(change: Partial<LiveState>): void {
    this.store.set({ ...this.state, ...change });
  }
}

export const liveStream = new LiveStream();

/** What a component needs of the live stream; it is rendered again when that changes. */
export const useLive = <T>(select: (state: LiveState) => T): T => useStore(liveStream.store, select);
