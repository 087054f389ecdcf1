// Where the rows of a list are, in pixels from its top: pure. Nearly all lines are equally high, so that a billion of them
// need no table; those that are not (gaps, what is open, lines that wrap) are listed with their heights.

interface Other {
  index: number;
  start: number;
  height: number;
}

/** Where in the view a row shall stand; in its upper third, there is room for what is open and for what comes behind. */
export type Align = "auto" | "center" | "third" | "start";

export class Layout {
  private readonly others: Other[] = [];
  /** Of all rows together. */
  readonly height: number;

  /** `others`: heights of the rows that are not lines, by index, ascending. */
  constructor(
    readonly count: number,
    readonly line: number,
    others: Iterable<readonly [index: number, height: number]> = [],
  ) {
    let extra = 0;
    for (const [index, height] of others) {
      this.others.push({ index, start: index * line + extra, height });
      extra += height - line;
    }
    this.height = count * line + extra;
  }

  startOf(index: number): number {
    const before = this.lastOther((one) => one.index < index);
    return before ? before.start + before.height + (index - before.index - 1) * this.line : index * this.line;
  }

  endOf(index: number): number {
    return this.startOf(index + 1);
  }

  /** The row at so many pixels from the top; the first or the last one where there is none. */
  indexAt(offset: number): number {
    const before = this.lastOther((one) => one.start <= offset);
    let index = Math.floor(offset / this.line);
    if (before) {
      const below = offset - before.start - before.height;
      index = below < 0 ? before.index : before.index + 1 + Math.floor(below / this.line);
    }
    return Math.max(0, Math.min(index, this.count - 1));
  }

  /** The last of the others that is so, as all before it are. */
  private lastOther(isSo: (one: Other) => boolean): Other | undefined {
    let [low, high] = [0, this.others.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const one = this.others[middle];
      if (one && isSo(one)) low = middle + 1;
      else high = middle;
    }
    return this.others[low - 1];
  }

  /** Where to scroll, from `offset` in a view of that height, so that a row is seen. */
  offsetFor(index: number, align: Align, offset: number, view: number): number {
    const start = this.startOf(index);
    const end = this.endOf(index);
    if (align === "start" || (align === "auto" && start < offset)) return start;
    if (align === "third") return start - (view - (end - start)) / 3;
    if (align === "center") return start - (view - (end - start)) / 2;
    return end > offset + view ? end - view : offset;
  }
}
