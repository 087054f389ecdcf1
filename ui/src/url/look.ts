// How the matches are looked at, as it stands in the address: one by one, by the pattern of their messages, or beside
// others; and by which field they are told apart over time. Pure.

const SHOWS = ["entries", "patterns", "compare"] as const;
export type Show = (typeof SHOWS)[number];

const SORTS = ["count", "new", "severity", "last"] as const;
export type PatternSort = (typeof SORTS)[number];

/** How far back the other range lies: just before, a day, or a week. */
export const SHIFTS = ["range", "1d", "7d"] as const;
export type Shift = (typeof SHIFTS)[number];
/** What is compared with: the same filters at another time, or other filters at the same time. */
export type Against = { shift: Shift } | { q: string };

export interface Look {
  show: Show;
  /** Which patterns come first. */
  sort: PatternSort;
  against: Against;
  /** The field whose values the histogram has colours for: of an entry, or `context.…`. */
  split: string;
}

export const DEFAULT_LOOK: Look = { show: "entries", sort: "count", against: { shift: "range" }, split: "level" };

export function among<T extends string>(list: readonly T[], value: string | null): value is T {
  return value !== null && (list as readonly string[]).includes(value);
}

export function readLook(given: URLSearchParams): Look {
  const [show, sort, shift] = [given.get("show"), given.get("sort"), given.get("against")];
  const other = given.get("against_q");
  return {
    show: among(SHOWS, show) ? show : DEFAULT_LOOK.show,
    sort: among(SORTS, sort) ? sort : DEFAULT_LOOK.sort,
    against: other === null ? { shift: among(SHIFTS, shift) ? shift : "range" } : { q: other },
    split: given.get("split") || DEFAULT_LOOK.split,
  };
}

export function writeLook({ show, sort, against, split }: Look, made: URLSearchParams): void {
  if (show !== DEFAULT_LOOK.show) made.set("show", show);
  if (sort !== DEFAULT_LOOK.sort) made.set("sort", sort);
  if ("q" in against) made.set("against_q", against.q);
  else if (against.shift !== "range") made.set("against", against.shift);
  if (split !== DEFAULT_LOOK.split) made.set("split", split);
}
