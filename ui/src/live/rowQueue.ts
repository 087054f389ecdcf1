// What the worker has for the page: counted, bounded, and given out when the page asks. A page that is hidden or slow
// gets the newest entries and a gap for the rest.
import { byLevel } from "../entries/entry";
import { entriesIn, gapRow, newestId, oldestId, type Row } from "../entries/row";

export const MOST_KEPT = 4000;

export class RowQueue {
  readonly counts = byLevel(() => 0);
  private rows: Row[] = [];
  private dropped = 0;
  private lastGiven: string | null = null;
  private droppedAfter: string | null = null;

  get size(): number {
    return this.rows.length;
  }

  add(row: Row): void {
    if (row.kind === "entry") this.counts[row.level]++;
    this.rows.push(row);
    if (this.rows.length >= 2 * MOST_KEPT) this.drop();
  }

  clear(): void {
    this.rows = [];
    this.dropped = 0;
  }

  take(): Row[] {
    if (this.rows.length > MOST_KEPT) this.drop();
    const rows = this.rows;
    const first = rows[0];
    const last = rows[rows.length - 1];
    this.rows = [];
    if (this.dropped > 0 && first) {
      rows.unshift(gapRow(this.dropped, this.droppedAfter, oldestId(first)));
      this.dropped = 0;
    }
    if (last) this.lastGiven = newestId(last);
    return rows;
  }

  private drop(): void {
    const dropped = this.rows.splice(0, this.rows.length - MOST_KEPT);
    if (this.dropped === 0) this.droppedAfter = this.lastGiven;
    this.dropped += dropped.reduce((sum, row) => sum + entriesIn(row), 0);
  }
}
