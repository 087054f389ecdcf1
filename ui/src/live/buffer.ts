// What the live list shows and what waits: pure, newest first. While somebody reads, nothing is added to the rows; what
// arrives waits in a backlog. Both are bounded: a list that follows forgets its oldest rows, a backlog that is full
// forgets the oldest that waits and says so with a gap.
import { entriesIn, type GapRow, gapRow, oldestId, type Row } from "../entries/row";

export const MOST_ROWS = 2000;
export const MOST_WAITING = 5000;
const FIRST_IDS = 2000;

export interface Buffer {
  rows: Row[];
  backlog: Row[];
  following: boolean;
  /** Entries that arrived since the list was paused, those that the backlog forgot included. */
  waiting: number;
  /** Whether older rows were forgotten: what was stored before no longer follows below. */
  trimmed: boolean;
  /** The first entries that came, by id: the search for stored entries finds them too. */
  firstIds: ReadonlySet<string>;
}

export const EMPTY: Buffer = {
  rows: [],
  backlog: [],
  following: true,
  waiting: 0,
  trimmed: false,
  firstIds: new Set(),
};

/** Take what arrived, oldest first. */
export function append(buffer: Buffer, arrived: readonly Row[]): Buffer {
  if (arrived.length === 0) return buffer;
  const newest = arrived.toReversed();
  const firstIds = remember(buffer.firstIds, arrived);
  if (buffer.following) {
    return { ...withRows(buffer, [...newest, ...buffer.rows]), firstIds };
  }
  const waiting = arrived.reduce((sum, row) => sum + entriesIn(row), buffer.waiting);
  return { ...buffer, firstIds, waiting, backlog: bounded([...newest, ...buffer.backlog], buffer.rows[0]) };
}

function remember(known: ReadonlySet<string>, arrived: readonly Row[]): ReadonlySet<string> {
  if (known.size >= FIRST_IDS) return known;
  return new Set([...known, ...arrived.slice(0, FIRST_IDS - known.size).map((row) => row.id)]);
}

function bounded(backlog: Row[], below: Row | undefined): Row[] {
  if (backlog.length <= MOST_WAITING) return backlog;
  const kept = backlog.slice(0, MOST_WAITING);
  const forgotten = backlog.slice(MOST_WAITING);
  const last = kept[kept.length - 1];
  const oldest = forgotten[forgotten.length - 1];
  const dropped = forgotten.reduce((sum, row) => sum + entriesIn(row), 0);
  const idBelow = below?.kind === "entry" ? below.id : null;
  const after = oldest?.kind === "gap" ? oldest.after : idBelow;
  return [...kept, gapRow(dropped, after, last ? oldestId(last) : null)];
}

export function pause(buffer: Buffer): Buffer {
  return buffer.following ? { ...buffer, following: false } : buffer;
}

/** Show what waits above what is being read, which stays: still paused. */
export function resumeFromHere(buffer: Buffer): Buffer {
  return { ...buffer, rows: [...buffer.backlog, ...buffer.rows], backlog: [], waiting: 0 };
}

/** Show what waits and follow again. */
export function resumeFromNow(buffer: Buffer): Buffer {
  const followed = withRows(buffer, [...buffer.backlog, ...buffer.rows]);
  return { ...followed, backlog: [], waiting: 0, following: true };
}

/** The oldest are forgotten. */
function withRows(buffer: Buffer, rows: readonly Row[]): Buffer {
  return { ...buffer, rows: rows.slice(0, MOST_ROWS), trimmed: buffer.trimmed || rows.length > MOST_ROWS };
}

/** Put loaded rows, oldest first, into the place of a gap; they may contain a smaller gap. */
export function fill(buffer: Buffer, gap: GapRow, loaded: readonly Row[]): Buffer {
  const known = new Set(buffer.rows.filter(({ kind }) => kind === "entry").map(({ id }) => id));
  const fresh = loaded.filter((row) => row.kind === "gap" || !known.has(row.id)).toReversed();
  return { ...buffer, rows: buffer.rows.flatMap((row) => (row.id === gap.id ? fresh : [row])) };
}
