// The two sides of a comparison, as questions: what is looked at, and what it is compared with. Pure.
import type { Against, Shift } from "../url/look";
import type { Question } from "../url/question";
import { fixedRange } from "../url/range";

export interface Sides {
  current: Question;
  baseline: Question;
  /** Whether they differ in time alone, so that counts are compared; else shares are. */
  sameFilters: boolean;
}

const SHIFTED: Record<Exclude<Shift, "range">, number> = { "1d": 86_400_000, "7d": 604_800_000 };

/** Null where a range without a beginning has none before it. `at`: when it is asked, in ms since 1970. */
export function sidesOf(question: Question, against: Against, at: number): Sides | null {
  const range = fixedRange(question.range, at);
  const end = range.to || new Date(at).toISOString();
  const current: Question = { ...question, kind: "search", range: { from: range.from, to: end }, at };
  if ("q" in against) return { current, baseline: { ...current, q: against.q, filters: {} }, sameFilters: false };
  if (range.from === "") return null;
  const [from, to] = [Date.parse(range.from), Date.parse(end)];
  const baseline =
    against.shift === "range"
      ? { from: moment(2 * from - to), to: justBefore(from) }
      : { from: moment(from - SHIFTED[against.shift]), to: moment(to - SHIFTED[against.shift]) };
  return { current, baseline: { ...current, range: baseline }, sameFilters: true };
}

const moment = (at: number): string => new Date(at).toISOString();

/** The last microsecond before a moment, since both ends of a range belong to it. */
const justBefore = (at: number): string => moment(at - 1).replace("Z", "999Z");

export interface Totals {
  current: number;
  baseline: number;
}

/** How many are expected on the current side for each one on the baseline. */
export function scaleOf({ sameFilters }: Sides, { current, baseline }: Totals): number {
  return sameFilters || current === 0 || baseline === 0 ? 1 : current / baseline;
}
