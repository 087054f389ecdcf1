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
  matter: number;
}

/** Counts vary by themselves, as Poisson's do: what lies within this many standard deviations is no change. */
const NOISE = 2;
/** What differs by less is no change, however many there are. */
const LEAST = 0.05;

interface Scales {
  /** How many are expected on the current side for each one on the baseline: 1 between times of the same length. */
  scale: number;
  /** How much a value matters beside others. */
  weightOf?: (value: string) => number;
  /** How many entries each one that was counted stands for: 1 unless counts are estimates from a sample. */
  perOf?: (value: string) => number;
}

const one = () => 1;

/**
 * What changed, what matters most first.
 *
 * What matters is far from what was expected as well as many: the logarithm of the ratio times the root of the
 * difference. So 50 errors that are new stand before 100,000 lines that became 110,000.
 */
export function changesOf(current: Counts, baseline: Counts, scales: Scales): Change[] {
  const values = new Set([...current.counts.keys(), ...baseline.counts.keys()]);
  return [...values]
    .map((value) => changeOf(value, current, baseline, scales))
    .sort((a, b) => b.matter - a.matter || b.current - a.current || (a.value < b.value ? -1 : 1));
}

function changeOf(value: string, current: Counts, baseline: Counts, scales: Scales): Change {
  const { scale, weightOf = one, perOf = one } = scales;
  const [listedHere, listedThere] = [current.counts.get(value), baseline.counts.get(value)];
  const here = listedHere ?? Math.min(current.rest, (listedThere ?? 0) * scale);
  const there = listedThere ?? Math.min(baseline.rest, (listedHere ?? 0) / scale);
  const expected = there * scale;
  const kind = kindOf(here, expected, perOf(value));
  const ratio = Math.log((here + 0.5) / (expected + 0.5));
  return {
    value,
    kind,
    current: Math.round(here),
    baseline: Math.round(there),
    atMost: (listedHere === undefined && here > 0) || (listedThere === undefined && there > 0),
    matter: kind === "same" ? 0 : Math.abs(ratio) * Math.sqrt(Math.abs(here - expected)) * weightOf(value),
  };
}

function kindOf(here: number, expected: number, per: number): ChangeKind {
  const difference = Math.abs(here - expected);
  const isChance = difference < NOISE * Math.sqrt((here + expected) * per);
  if (expected === 0 || here === 0) {
    if (difference === 0 || (per > 1 && isChance)) return "same";
    return expected === 0 ? "appeared" : "vanished";
  }
  if (isChance || difference < LEAST * expected) return "same";
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
