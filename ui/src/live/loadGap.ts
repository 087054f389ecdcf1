// The entries of a gap, exactly: the event stream replays what was stored after an entry, in the order of acceptance,
// and reading stops at the entry before which the gap ends. A long gap is loaded a part at a time.
import { type GapRow, gapRow, type Row, rowOfJson } from "../entries/row";
import { type Params, searchParams } from "../url/question";
import type { LiveEndpoint } from "./endpoint";
import { readEvents } from "./eventStream";

const MOST_ROWS = 2000;
const BEFORE_ALL = "0".repeat(26);
/** The replay has no mark for its end: when it is silent for so long, it is over. */
const SILENCE = 1500;

/** Rows, oldest first, with a smaller gap behind them where there is more; null when they can't be loaded. */
export async function loadGap(endpoint: LiveEndpoint, filter: Params, gap: GapRow): Promise<Row[] | null> {
  const given = searchParams(filter);
  given.set("after", gap.after ?? BEFORE_ALL);
  const rows: Row[] = [];
  let isReached = gap.before === null;
  const stop = new AbortController();
  const giveUp = () => setTimeout(() => stop.abort(), SILENCE);
  let silent = giveUp();
  try {
    await readEvents(`${endpoint.apiUrl}/api/logs/stream?${given}`, endpoint.key, stop.signal, (events) => {
      clearTimeout(silent);
      silent = giveUp();
      for (const { name, data } of events) {
        if (stop.signal.aborted) return;
        if (name === "log") {
          const row = rowOfJson(data);
          isReached = row.id === gap.before;
          if (isReached) return stop.abort();
          rows.push(row);
        }
        if (name === "gap" || rows.length >= MOST_ROWS) {
          const left = Math.max(1, gap.dropped - rows.length);
          const last = rows[rows.length - 1];
          if (gap.dropped > rows.length) rows.push(gapRow(left, last ? last.id : gap.after, gap.before));
          isReached = true;
          return stop.abort();
        }
      }
    });
  } catch {
    if (!stop.signal.aborted) return null;
  } finally {
    clearTimeout(silent);
  }
  // Entries of several nodes are not in the order of their ids, but where that before which it ends was removed, these tell.
  return isReached ? rows : rows.filter((row) => row.kind === "gap" || gap.before === null || row.id < gap.before);
}
