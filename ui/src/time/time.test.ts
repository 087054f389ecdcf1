import { describe, expect, it } from "vitest";
import { ago, fullTime, isZone, rowTime, since, wallTime } from "./format";
import { inputValue, momentOf } from "./zone";

const NOW = Date.parse("2026-07-15T20:00:00Z");
const at = (mode: "utc" | "zone" | "relative", zone = "") => ({ mode, zone });

describe("times", () => {
  it("show the date only on other days", () => {
    expect(rowTime("2026-07-15T14:22:07.412Z", at("utc"), NOW)).toBe("14:22:07.412");
    expect(rowTime("2026-07-14T14:22:07.412Z", at("utc"), NOW)).toBe("07-14 14:22:07.412");
    expect(rowTime("2008-11-11T01:44:31.000Z", at("utc"), NOW)).toBe("2008-11-11 01:44:31");
  });
  it("are told to the second where they are seen from afar", () => {
    const times = ["2026-07-15T14:22:07.412Z", "2026-07-14T14:22:07.412Z", "2008-11-11T01:44:31.000Z"];
    expect(times.map((time) => wallTime(time, at("utc"), NOW))).toEqual([
      ...["14:22:07", "07-14 14:22:07", "2008-11-11 01:44:31"],
    ]);
    expect(wallTime("2026-07-15T14:22:07.412Z", at("zone", "Asia/Kolkata"), NOW)).toBe("07-15 19:52:07");
    expect(wallTime("2026-07-15T19:48:00Z", at("relative"), NOW)).toBe("12 min ago");
  });
  it("are those of a zone", () => {
    expect(rowTime("2026-07-15T14:22:07.412Z", at("zone", "Asia/Kolkata"), NOW)).toBe("07-15 19:52:07.412");
    expect(fullTime("2026-07-15T23:30:00.000Z", at("zone", "Europe/Berlin"))).toBe("2026-07-16 01:30:00.000");
    expect(isZone("Mars/Olympus")).toBe(false);
  });
  it("agree with Intl at every moment, also where clocks change", () => {
    const [start, end] = [Date.UTC(1970, 0, 1), Date.UTC(2040, 0, 1)];
    for (const zone of [
      "UTC",
      "Europe/Berlin",
      "America/St_Johns",
      "Australia/Lord_Howe",
      "Asia/Kathmandu",
      "Africa/Monrovia",
    ]) {
      const intl = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
      const moments = Array.from({ length: 3000 }, (_, n) => start + Math.floor(((n * 0.618034) % 1) * (end - start)));
      const change = Date.UTC(2010, 2, 14, 3, 25); // St. John's turned its clocks at one minute past midnight
      for (const moment of [...moments, ...Array.from({ length: 60 }, (_, n) => change + n * 30_000)]) {
        expect(fullTime(moment, at("zone", zone)).slice(0, 19)).toBe(intl.format(moment));
      }
    }
  });
  it("are those of any year", () => {
    expect(rowTime("0001-01-01T00:00:00Z", at("utc"), NOW)).toBe("0001-01-01 00:00:00");
    expect(fullTime("1850-06-01T12:00:00Z", at("utc"))).toBe("1850-06-01 12:00:00.000");
    expect(fullTime("tomorrow", at("utc"))).toBe("tomorrow");
  });
  it("say how long ago", () => {
    expect(
      [
        "2026-07-15T19:59:59.900Z",
        "2026-07-15T19:59:56Z",
        "2026-07-15T19:48:00Z",
        "2026-07-10T20:00:00Z",
        "2026-07-15T20:00:10Z",
      ].map((text) => ago(Date.parse(text), NOW)),
    ).toEqual(["now", "4 s ago", "12 min ago", "5 d ago", "in 10 s"]);
  });
});

it("says since when", () => {
  const times = ["2026-07-15T19:48:00Z", "2026-07-15T19:59:59.900Z", "2026-07-15T20:00:10Z"];
  expect(times.map((time) => since(time, NOW))).toEqual(["since 12 min", "since now", "since now"]);
});

describe("a typed time", () => {
  it("is the moment it names in its zone", () => {
    expect(momentOf("2026-01-15T14:22", "UTC")).toBe(Date.parse("2026-01-15T14:22:00Z"));
    expect(momentOf("2026-01-15T14:22:07.5", "America/New_York")).toBe(Date.parse("2026-01-15T19:22:07.500Z"));
    expect(momentOf("2026-07-15 14:22", "Asia/Kolkata")).toBe(Date.parse("2026-07-15T08:52:00Z"));
    expect(momentOf("yesterday", "UTC")).toBeNull();
  });
  it("holds beside a change of the clocks", () => {
    expect(momentOf("2026-03-29T01:30", "Europe/Berlin")).toBe(Date.parse("2026-03-29T00:30:00Z"));
    expect(momentOf("2026-03-29T03:30", "Europe/Berlin")).toBe(Date.parse("2026-03-29T01:30:00Z"));
  });
  it("goes back into the field it came from", () => {
    const moment = momentOf("2026-07-15T14:22:07", "Europe/Berlin") ?? 0;
    expect(inputValue(moment, "Europe/Berlin")).toBe("2026-07-15T14:22:07");
  });
});
