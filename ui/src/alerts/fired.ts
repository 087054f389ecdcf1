// The times that an alert would have fired: in words, and as marks on a line of time. Pure.
import type { Fired } from "../api/responses";
import { fullCount } from "../text/count";

/** The server tells no more of them. */
export const MOST_FIRED = 1000;

export function saidOf(fired: readonly Fired[], days: number): string {
  const past = days === 1 ? "the last day" : `the last ${days} days`;
  if (fired.length === 0) return `Would not have fired in ${past}`;
  if (fired.length >= MOST_FIRED) return `Would have fired over ${fullCount(MOST_FIRED)} times in ${past}`;
  return `Would have fired ${fired.length === 1 ? "once" : `${fired.length} times`} in ${past}`;
}

/** How long, or that it still would. */
export function lasted({ since, until }: Fired, to: number): string {
  const seconds = ((until === null ? to : Date.parse(until)) - Date.parse(since)) / 1000;
  const long = spanName(seconds);
  return until === null ? `for ${long}, and still would` : `for ${long}`;
}

function spanName(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

export interface Mark {
  /** Percent of the line. */
  left: number;
  width: number;
}

/** What overlaps, or lies closer than can be seen, is one mark. */
export function marksOf(fired: readonly Fired[], from: number, to: number): Mark[] {
  const percent = (moment: number) => ((Math.min(Math.max(moment, from), to) - from) / (to - from)) * 100;
  const spans = fired
    .map(({ since, until }) => [percent(Date.parse(since)), percent(until === null ? to : Date.parse(until))] as const)
    .sort(([a], [b]) => a - b);
  const marks: Mark[] = [];
  for (const [start, end] of spans) {
    const last = marks.at(-1);
    if (last && start <= last.left + last.width + CLOSE) last.width = Math.max(last.width, end - last.left);
    else marks.push({ left: start, width: end - start });
  }
  return marks;
}

const CLOSE = 0.2;
