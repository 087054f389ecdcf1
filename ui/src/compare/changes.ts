// What changed between two lists of counts, and how much each change matters: pure.

/** Counts by value. `rest`: the most that a value has which is not listed; 0 where all are. */
export interface Counts {
  counts: ReadonlyMap<string, number>;
  rest: number;
}

export type ChangeKind = "appeared" | "vanished" | "rose" | "fell" | "same";

export interface Change {
  value: string;
  kind: ChangeKind;
  current: number;
  baseline: number;
  /** `current` or `baseline` is the most that it may be: the value is not listed there. */
  atMost: boolean;
  /** How many times as many as could be expected; infinite for what appeared, 0 for what vanished. */
  times: number;
  matter: number;
}

/** Counts vary by themselves, as Poisson's do: what lies within this many standard deviations is no change. */
const NOISE = 2;
/** What differs by less is no change, however many there are. */
const LEAST = 0.05;

/**
 * What changed, what matters most first. `scale`: how many are expected current for each one baseline: 1 between two times
 * of the same length. `weightOf`: how much a value matters beside others.
 *
 * What matters is far from what was expected as well as many: the logarithm of the ratio times the root of the
 * difference. So 50 errors that are new stand before 100,000 lines that became 110,000.
 */
export function changesOf(
  current: Counts,
  baseline: Counts,
  scale = 1,
  weightOf: (value: string) => number = () => 1,
): Change[] {
  const values = new Set([...current.counts.keys(), ...baseline.counts.keys()]);
  return [...values]
    .map((value) => changeOf(value, current, baseline, scale, weightOf(value)))
    .sort((a, b) => b.matter - a.matter || b.current - a.current || (a.value < b.value ? -1 : 1));
}

function changeOf(value: string, current: Counts, baseline: Counts, scale: number, weight: number): Change {
  const listedCurrent = current.counts.get(value);
  const listedBaseline = baseline.counts.get(value);
  const here = listedCurrent ?? Math.min(current.rest, (listedBaseline ?? 0) * scale);
  const there = listedBaseline ?? Math.min(baseline.rest, (listedCurrent ?? 0) / scale);
  const expected = there * scale;
  const kind = kindOf(here, expected);
  const matter =
    kind === "same" ? 0 : Math.abs(Math.log((here + 0.5) / (expected + 0.5))) * Math.sqrt(Math.abs(here - expected));
  return {
    value,
    kind,
    current: Math.round(here),
    baseline: Math.round(there),
    atMost: (listedCurrent === undefined && here > 0) || (listedBaseline === undefined && there > 0),
    times: expected === 0 ? Number.POSITIVE_INFINITY : here / expected,
    matter: matter * weight,
  };
}

function kindOf(here: number, expected: number): ChangeKind {
  if (here === expected) return "same";
  if (expected === 0) return "appeared";
  if (here === 0) return "vanished";
  const difference = Math.abs(here - expected);
  if (difference < NOISE * Math.sqrt(here + expected) || difference < LEAST * expected) return "same";
  return here > expected ? "rose" : "fell";
}

/** How a number changed, in words: +34 %, −12 %, × 3.2, new, gone. */
export function changeText(current: number, baseline: number): string {
  if (current === baseline) return "no change";
  if (baseline === 0) return "new";
  if (current === 0) return "gone";
  const times = current / baseline;
  if (times >= 2) return `× ${times < 10 ? times.toFixed(1) : Math.round(times).toLocaleString("en")}`;
  const percent = Math.round(100 * Math.abs(times - 1));
  if (percent === 0) return times > 1 ? "+<1 %" : "−<1 %";
  return `${times > 1 ? "+" : "−"}${Math.min(percent, times < 1 ? 99 : percent)} %`;
}
