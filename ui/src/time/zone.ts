// A wall-clock time of some zone as the moment it names. Intl only goes the other way, so the zone's offset is found by
// asking for the clock at a guess and correcting; twice, because the first correction may cross a change of the clocks.
import { clockAt } from "./format";

const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?$/;

/** Milliseconds of `2026-01-15T14:22[:07[.412]]` or a date in a zone; null for anything else. */
export function momentOf(text: string, zone: string | undefined): number | null {
  const match = FORM.exec(text.trim());
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0"));
  const wanted = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second, milliseconds);
  let guess = wanted;
  for (let round = 0; round < 2; round++) {
    const { date, time } = clockAt(guess, zone);
    guess += wanted - Date.parse(`${date}T${time}Z`);
  }
  return Number.isNaN(guess) ? null : guess;
}

/** A moment as the value of an input for date and time. */
export function inputValue(moment: number, zone: string | undefined): string {
  const { date, time } = clockAt(moment, zone);
  return `${date}T${time.slice(0, 8)}`;
}
