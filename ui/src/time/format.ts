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
    fractionalSecondDigits: 3,
  });
  formatters.set(zone ?? "", made);
  return made;
}

export interface Parts {
  /** 2026-01-15 */
  date: string;
  /** 14:22:07.412 */
  time: string;
}

export function partsOf(moment: number, zone: string | undefined): Parts {
  const part: Record<string, string> = {};
  for (const { type, value } of formatter(zone).formatToParts(moment)) part[type] = value;
  return {
    date: `${part.year}-${part.month}-${part.day}`,
    time: `${part.hour}:${part.minute}:${part.second}.${part.fractionalSecond}`,
  };
}

/** How long ago: 4 s, 12 min, 3 h, 5 d; with a sign before what lies in the future. */
export function ago(moment: number, now: number): string {
  const seconds = Math.abs(now - moment) / 1000;
  const sign = moment > now + 500 ? "in " : "";
  const tail = sign ? "" : " ago";
  if (seconds < 1) return "now";
  if (seconds < 60) return `${sign}${Math.floor(seconds)} s${tail}`;
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} min${tail}`;
  if (seconds < 86400) return `${sign}${Math.floor(seconds / 3600)} h${tail}`;
  return `${sign}${Math.floor(seconds / 86400)} d${tail}`;
}

/** A row's time: the time of day today, the date with it on other days. */
export function rowTime(timestamp: string, format: TimeFormat, now: number): string {
  const moment = Date.parse(timestamp);
  if (Number.isNaN(moment)) return timestamp;
  if (format.mode === "relative") return ago(moment, now);
  const zone = zoneOf(format);
  const { date, time } = partsOf(moment, zone);
  const today = partsOf(now, zone).date;
  if (date === today) return time;
  return date.slice(0, 4) === today.slice(0, 4)
    ? `${date.slice(5)} ${time.slice(0, 12)}`
    : `${date} ${time.slice(0, 8)}`;
}

/** Date and time in full, for details and labels. */
export function fullTime(timestamp: string | number, format: TimeFormat): string {
  const moment = typeof timestamp === "number" ? timestamp : Date.parse(timestamp);
  if (Number.isNaN(moment)) return String(timestamp);
  const { date, time } = partsOf(moment, zoneOf(format));
  return `${date} ${time}`;
}
