// Times as the viewer wants them: local, UTC, any zone, or relative. Formatters are made once a zone: making one takes
// fifty times as long as using it.

export interface TimeFormat {
  mode: "local" | "utc" | "zone" | "relative";
  zone: string;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** The zone's name for Intl; undefined is the viewer's own. */
export function zoneOf(format: TimeFormat): string | undefined {
  if (format.mode === "utc") return "UTC";
  return format.mode === "zone" && isZone(format.zone) ? format.zone : undefined;
}

/** The IANA name of the zone, the viewer's own included. */
export function zoneName(format: TimeFormat): string {
  return zoneOf(format) ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return name !== "";
  } catch {
    return false;
  }
}

function formatter(zone: string | undefined): Intl.DateTimeFormat {
  const known = formatters.get(zone ?? "");
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formatters.set(zone ?? "", made);
  return made;
}

export interface Clock {
  /** 2026-01-15 */
  date: string;
  /** 14:22:07.412 */
  time: string;
}

export function clockAt(moment: number, zone: string | undefined): Clock {
  const clock = new Date(moment + offsetAt(moment, zone));
  if (Number.isNaN(clock.getTime())) return { date: "", time: "" };
  const [date = "", time = ""] = clock.toISOString().replace("Z", "").split("T");
  return { date, time };
}

// Asking Intl for a clock takes a hundred times as long as adding an offset, and lists show thousands of times of the
// same hour. Where an offset is the same at both ends of a quarter, it holds in between.
const QUARTER = 900_000;
const MOST_KNOWN = 10_000;
/** Before that, zones keep the offset they had then. */
const EARLIEST = Date.UTC(1900, 0, 1);
const offsets = new Map<string, Map<number, number>>();

/** Milliseconds that a zone's clock is ahead of UTC. */
function offsetAt(moment: number, zone: string | undefined): number {
  const quarter = Math.floor(moment / QUARTER) * QUARTER;
  const [start, end] = [knownOffset(quarter, zone), knownOffset(quarter + QUARTER, zone)];
  return start === end ? start : askedOffset(moment, zone);
}

function knownOffset(quarter: number, zone: string | undefined): number {
  const name = zone ?? "";
  let known = offsets.get(name);
  if (!known || known.size > MOST_KNOWN) {
    known = new Map();
    offsets.set(name, known);
  }
  const offset = known.get(quarter) ?? askedOffset(quarter, zone);
  known.set(quarter, offset);
  return offset;
}

function askedOffset(moment: number, zone: string | undefined): number {
  if (Number.isNaN(moment)) return Number.NaN;
  const asked = Math.max(moment, EARLIEST);
  const part: Record<string, number> = {};
  for (const { type, value } of formatter(zone).formatToParts(asked)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour, minute, second } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(asked / 1000) * 1000;
}

/** How long ago: 4 s, 12 min, 3 h, 5 d; with a sign before what lies in the future. */
export function ago(moment: number, now: number): string {
  const seconds = Math.abs(now - moment) / 1000;
  if (seconds < 1) return "now";
  return moment > now ? `in ${span(seconds)}` : `${span(seconds)} ago`;
}

/** Since 4 s; what a clock that is ahead has dated into the future is since now. */
export function since(timestamp: string, now: number): string {
  const seconds = (now - Date.parse(timestamp)) / 1000;
  return `since ${seconds < 1 ? "now" : span(seconds)}`;
}

function span(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

/** A row's time: the time of day today, the date with it on other days. */
export function rowTime(timestamp: string, format: TimeFormat, now: number): string {
  return dayTime(timestamp, format, now, MILLISECONDS);
}

/** The same to the second, for who looks from afar. */
export function wallTime(timestamp: string, format: TimeFormat, now: number): string {
  return dayTime(timestamp, format, now, SECONDS);
}

/** As many characters of a clock's time as reach to them. */
const SECONDS = 8;
const MILLISECONDS = 12;

function dayTime(timestamp: string, format: TimeFormat, now: number, precision: number): string {
  const moment = Date.parse(timestamp);
  if (Number.isNaN(moment)) return timestamp;
  if (format.mode === "relative") return ago(moment, now);
  const zone = zoneOf(format);
  const { date, time } = clockAt(moment, zone);
  const today = clockAt(now, zone).date;
  if (date === today) return time.slice(0, precision);
  return date.slice(0, 4) === today.slice(0, 4)
    ? `${date.slice(5)} ${time.slice(0, precision)}`
    : `${date} ${time.slice(0, SECONDS)}`;
}

/** Date and time in full, for details and labels. */
export function fullTime(timestamp: string | number, format: TimeFormat): string {
  const moment = typeof timestamp === "number" ? timestamp : Date.parse(timestamp);
  if (Number.isNaN(moment)) return String(timestamp);
  const { date, time } = clockAt(moment, zoneOf(format));
  return `${date} ${time}`;
}
