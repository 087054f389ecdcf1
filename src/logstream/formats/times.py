"""The forms in which log lines state their time, each read at one place of a line by one anchored expression.

What the first characters look like chooses the expressions to try.
"""

import re
from datetime import date, timedelta
from typing import Final

from logstream.formats.clock import Clock
from logstream.formats.stamps import decimals, epoch_stamp, hour_of_day, stamp_of, utc_minute
from logstream.formats.time_patterns import (
    ACCESS,
    COMPACT,
    DAY_NAME,
    DAY_NAME_NO_YEAR,
    DAY_OF_YEAR,
    EAST_ASIAN,
    EPOCH,
    HALF_DAY,
    ISO,
    KLOG,
    NAME_DAY,
    NO_YEAR,
    NUMBERS,
    ODD_ISO,
    PLAIN_ISO,
    SHORT_COMPACT,
    SHORT_NAMED,
    TIME_ALONE,
    WEEKDAY,
    YEAR_NAME,
)
from logstream.formats.zones import zone_of

Found = tuple[str, int, int]
"""A time as ISO 8601 UTC with `Z`, where in the line it ends, and how much of it is stated: one of the following."""

EXACT, LOCAL, YEARLESS, CLOCK = range(4)
"""A moment; without a zone; without a year; a time of day alone."""

_MONTH_NAMES: Final = (
    # English, and how the other languages of log lines differ from it
    ("jan", "january", "januar", "janv", "ene", "gen", "janvier", "enero", "gennaio"),
    ("feb", "february", "februar", "févr", "fév", "fev", "février", "febrero"),
    ("mar", "march", "märz", "mär", "mrz", "mars", "mrt", "marzo"),
    ("apr", "april", "avr", "abr", "avril", "abril"),
    ("may", "mai", "mei", "mag", "mayo"),
    ("jun", "june", "juni", "juin", "giu", "junio"),
    ("jul", "july", "juli", "juil", "lug", "juillet", "julio"),
    ("aug", "august", "août", "ago", "aoû", "agosto"),
    ("sep", "september", "sept", "set", "septembre", "septiembre"),
    ("oct", "october", "okt", "oktober", "ott", "out", "octobre", "octubre"),
    ("nov", "november", "novembre", "noviembre"),
    ("dec", "december", "dez", "dezember", "déc", "dic", "décembre", "diciembre"),
)
MONTHS: Final = {name: f"{number:02}" for number, names in enumerate(_MONTH_NAMES, 1) for name in names}


def time_at(text: str, at: int, clock: Clock) -> Found | None:
    """The time that `text` states at `at`, with a date or as an epoch number; not a time of day alone."""
    first = text[at : at + 1]
    if not first.isascii():
        return None
    if first.isdigit():
        return _digits_at(text, at, clock)
    if first.isalpha():
        return _named_at(text, at, clock)
    return None


def _digits_at(text: str, at: int, clock: Clock) -> Found | None:
    """By where the first character that is no digit stands."""
    if text[at + 4 : at + 5] in _DATE_SIGNS and (found := _plain_iso_at(text, at, clock)) is not None:
        return found
    end = at + 1
    last = min(len(text), at + 5)
    while end < last and text[end].isdigit():
        end += 1
    digits = end - at
    sign = text[end : end + 1]
    if digits == 4:
        if sign in _DATE_SIGNS or sign == ":":
            return _iso_at(text, at, clock) or _day_of_year_at(text, at, clock) or _year_name_at(text, at, clock)
        if sign == " ":
            return klog_at(text, at, clock) or _year_name_at(text, at, clock)
        return _east_asian_at(text, at, clock) if sign in ("年", "년") else None
    if digits >= 5:
        return epoch_at(text, at) or _compact_at(text, at, clock)
    if digits == 1 and sign == "." and text[end + 1 : end + 2] != " ":
        return epoch_at(text, at) or _numbers_at(text, at, clock)
    if sign in _DATE_SIGNS:
        return _numbers_at(text, at, clock) or (
            _day_name_at(text, at, clock) if sign != "." or text[end + 1 : end + 2] == " " else None
        )
    if sign == " " or sign.isalpha():
        return _day_name_at(text, at, clock)
    return None


_DATE_SIGNS: Final = frozenset("-/.")


def _plain_iso_at(text: str, at: int, clock: Clock) -> Found | None:
    """The form of most lines, 2 µs sooner than by `_iso_at`: `2026-11-22 14:02:01,123`, `2026-11-22T14:02:01.123Z`."""
    match = PLAIN_ISO.match(text, at)
    if match is None:
        return None
    minute, _, second, fraction, zone = match.groups()
    stamp = clock.minutes.get(minute) if zone is None else _minutes.get(minute + zone)
    if stamp is None:
        stamp = utc_minute(
            f"{minute[:4]}-{minute[5:7]}-{minute[8:10]}",
            minute[11:13],
            minute[14:],
            clock.zone if zone is None else clock.zone_named(zone, False),
            0,
        )
        if stamp is None:
            return None
        _remember(clock.minutes if zone is None else _minutes, minute + (zone or ""), stamp)
    return f"{stamp}:{second}.{decimals(fraction)}Z", match.end(), LOCAL if zone is None else EXACT


def access_at(text: str, at: int) -> Found | None:
    """`10/Oct/2000:13:55:36 -0700` in brackets, the form of access logs."""
    match = ACCESS.match(text, at)
    if match is None:
        return None
    minute, second, zone = match.groups()
    stamp = _minutes.get(minute + zone)
    if stamp is None:
        month = MONTHS.get(minute[3:6].lower())
        if month is None:
            return None
        day = f"{minute[7:11]}-{month}-{minute[:2]}"
        stamp = utc_minute(day, minute[12:14], minute[15:], zone_of(zone), 0)
        if stamp is None:
            return None
        _remember(_minutes, minute + zone, stamp)
    return f"{stamp}:{second}.000Z", match.end(), EXACT


_minutes: dict[str, str] = {}
"""Minutes as they are written, their zone included, in UTC."""


def _remember(minutes: dict[str, str], written: str, stamp: str) -> None:
    if len(minutes) > 10_000:
        minutes.clear()
    minutes[written] = stamp


def _iso_at(text: str, at: int, clock: Clock) -> Found | None:
    """`2026-11-22T14:02:01.123+01:00` and its relatives: other signs, no seconds, padded hours, zones by name."""
    match = ISO.match(text, at)
    if match is None:
        match = ODD_ISO.match(text, at)
        if match is None:
            return None
        year, _, month, day, hour, _, minute, second, fraction = match.groups()
        half = zone = None
    else:
        year, _, month, day, hour, minute, second, fraction, half, zone = match.groups()
    return _found(year, month, day, hour, minute, second, fraction, half, zone, match.end(), clock)


def _day_of_year_at(text: str, at: int, clock: Clock) -> Found | None:
    """`2024-061T01:02:03Z`, `2024-W09-5T01:02:03Z`: days of the year and of the week, ISO 8601."""
    match = DAY_OF_YEAR.match(text, at)
    if match is None:
        return None
    year, number, week, weekday, hour, minute, second, fraction, zone = match.groups()
    try:
        if number is not None:
            day = date(int(year), 1, 1) + timedelta(days=int(number) - 1)
            if day.year != int(year):
                return None
        else:
            day = date.fromisocalendar(int(year), int(week), int(weekday))
    except (ValueError, OverflowError):
        return None
    year, month, number = f"{day.year:04}", str(day.month), str(day.day)
    return _found(year, month, number, hour, minute, second, fraction, None, zone, match.end(), clock)


def _east_asian_at(text: str, at: int, clock: Clock) -> Found | None:
    match = EAST_ASIAN.match(text, at)
    if match is None:
        return None
    year, month, day, morning, afternoon, hour, minute, second, fraction = match.groups()
    half = "a" if morning else "p" if afternoon else None
    return _found(year, month, day, hour, minute, second, fraction, half, None, match.end(), clock)


def _year_name_at(text: str, at: int, clock: Clock) -> Found | None:
    """`2024 Mar  1 01:02:03` (Cisco NX-OS), `2024-Mar-01 01:02:03` (Boost)."""
    match = YEAR_NAME.match(text, at)
    if match is None or (month := MONTHS.get(match[3].lower())) is None:
        return None
    year, _, _, day, hour, minute, second, fraction, zone = match.groups()
    return _found(year, month, day, hour, minute, second, fraction, None, zone, match.end(), clock)


def _compact_at(text: str, at: int, clock: Clock) -> Found | None:
    """`20260102T030405Z`, `20260102 03:04:05.678`; `260102 03:04:05` (MySQL 5, Tornado), `081109 203615` (Hadoop)."""
    match = COMPACT.match(text, at)
    if match is not None:
        year, month, day, hour, minute, second, fraction, hour2, minute2, second2, fraction2, zone = match.groups()
        hour, minute, second = hour or hour2, minute or minute2, second or second2
        return _found(year, month, day, hour, minute, second, fraction or fraction2, None, zone, match.end(), clock)
    match = SHORT_COMPACT.match(text, at)
    if match is None:
        return None
    year, month, day, hour, minute, second, hour2, minute2, second2, fraction = match.groups()
    hour, minute, second = hour or hour2, minute or minute2, second or second2
    return _found("20" + year, month, day, hour, minute, second, fraction, None, None, match.end(), clock)


def _day_name_at(text: str, at: int, clock: Clock) -> Found | None:
    """`10/Oct/2000:13:55:36 -0700` (access logs), `22-Nov-2026 14:02:01 UTC` (PHP), `22 Nov 2026 14:02:01` (Redis)."""
    match = DAY_NAME.match(text, at)
    if match is None:
        match = DAY_NAME_NO_YEAR.match(text, at)
        if match is None or (month := MONTHS.get(match[2].lower())) is None:
            return None
        day, _, hour, minute, second, fraction = match.groups()
        return _without_year(month, day, hour, minute, second, fraction, match.end(), clock)
    day, _, name, _, year, hour, minute, second, fraction, half, zone = match.groups()
    month = MONTHS.get(name.lower())
    if month is None:
        return None
    if len(year) == 2:
        year = "20" + year
    return _found(year, month, day, hour, minute, second, fraction, half, zone, match.end(), clock)


def _short_named_at(text: str, at: int, clock: Clock) -> Found | None:
    """`Mar  1 01:02:03` alone, RFC 3164 section 4.1.2; the minute is most often the line before's."""
    match = SHORT_NAMED.match(text, at)
    if match is None:
        return None
    written, name, day, hour, minute, second = match.groups()
    if written != clock.minute_without_year[0]:
        dated = clock.day_without_year(int(MONTHS[name.lower()]), int(day), f"{hour}:{minute}:{second}")
        stamp = None if dated is None else utc_minute(dated, hour, minute, clock.zone, 0)
        if stamp is None:
            return None
        clock.minute_without_year = written, stamp
    return f"{clock.minute_without_year[1]}:{second}.000Z", match.end(), YEARLESS


def _named_at(text: str, at: int, clock: Clock) -> Found | None:
    """`Mar  1 01:02:03` (RFC 3164), `Mar 01, 2026 1:02:03 PM`, `Sun Dec 04 04:47:44.123 2005`, `Fri 2026-01-02 …`."""
    if text[at + 15 : at + 16] == " " and (found := _short_named_at(text, at, clock)) is not None:
        return found
    match = WEEKDAY.match(text, at)
    if match is not None:
        at = match.end()
        if text[at : at + 1].isdigit():
            return _digits_at(text, at, clock)
    if text[at : at + 3].lower() not in MONTHS:
        return None
    match = NAME_DAY.match(text, at)
    if match is None:
        return None
    name, day, year, hour, minute, second, fraction, half, zone, late_year = match.groups()
    month = MONTHS.get(name.lower())
    if month is None:
        return None
    end = match.end()
    if year is None and late_year is not None and 1970 <= int(late_year) < 2100:
        year = late_year
    elif late_year is not None:
        end = match.start(10) - 1
    if year is None:
        return _without_year(month, day, hour, minute, second, fraction, end, clock, zone)
    return _found(year, month, day, hour, minute, second, fraction, half, zone, end, clock)


def _numbers_at(text: str, at: int, clock: Clock) -> Found | None:
    """`01.03.2024 01:02:03`, `03/01/2024 1:02:03 PM`; `17/06/09 20:10:40`, as Spark writes it: year, month, day.

    Which number is the day is told by the sign, by a number over 12, by a 12-hour clock, by an option or by an earlier
    line; where nothing tells it, no time is read.
    """
    match = NUMBERS.match(text, at)
    if match is None:
        match = NO_YEAR.match(text, at)
        if match is None:
            return None
        month, _, day, hour, minute, second, fraction = match.groups()
        if fraction is None and match[2] != "." and not _BEHIND_LEVEL.search(text, max(0, at - 12), at):
            return None  # `10-12 01:02:03`: a range, a version
        if (match[2] == "." and text[at - 1 : at] != "[") or _IN_DATE.search(text, max(0, at - 2), at):
            return None
        return _without_year(month, day, hour, minute, second, fraction, match.end(), clock)
    first, sign, other, year, hour, minute, second, fraction, half, zone = match.groups()
    if len(year) == 2:
        if sign == "/" and half is None and len(first) == 2 and clock.day_first is None and int(first) > 12:
            return _found("20" + first, other, year, hour, minute, second, fraction, half, zone, match.end(), clock)
        if sign == "/" and half is None and len(first) == 2 and clock.day_first is None and zone is None:
            return _found("20" + first, other, year, hour, minute, second, fraction, half, zone, match.end(), clock)
        year = "20" + year
    if int(first) > 12:
        day_first = clock.day_first = True
    elif int(other) > 12:
        day_first = clock.day_first = False
    elif sign == ".":
        day_first = True
    elif clock.day_first is not None:
        day_first = clock.day_first
    elif half is not None:
        day_first = False
    else:
        return None
    day, month = (first, other) if day_first else (other, first)
    return _found(year, month, day, hour, minute, second, fraction, half, zone, match.end(), clock)


_BEHIND_LEVEL: Final = re.compile(r"[A-Z]{4,8}(?: |\[)\Z")
_IN_DATE: Final = re.compile(r"\d[-/.]\Z")


def klog_at(text: str, at: int, clock: Clock) -> Found | None:
    """`1122 14:02:01.123456`, as behind the letter of klog and glog; `1122/140201.123456`, as Chromium writes it."""
    match = KLOG.match(text, at)
    if match is None:
        return None
    month, day, hour, minute, second, fraction, hour2, minute2, second2, fraction2 = match.groups()
    hour, minute, second = hour or hour2, minute or minute2, second or second2
    return _without_year(month, day, hour, minute, second, fraction or fraction2, match.end(), clock)


def time_alone_at(text: str, at: int, clock: Clock) -> Found | None:
    """`14:02:01.123`: a time of day alone."""
    match = HALF_DAY.match(text, at)
    if match is not None:
        hour, minute, second, fraction, half = match.groups()
    else:
        match = TIME_ALONE.match(text, at)
        if match is None:
            return None
        hour, minute, second, fraction, day = match.groups()
        if day is not None:
            return _found(day[:4], day[5:7], day[8:], hour, minute, second, fraction, None, None, match.end(), clock)
        half = None
    hour = hour_of_day(hour, half)
    if hour is None:
        return None
    stamp = stamp_of(clock.day_of_time(f"{hour}:{minute}:{second}"), hour, minute, second, fraction, clock.zone)
    return None if stamp is None else (stamp, match.end(), CLOCK)


def epoch_at(text: str, at: int = 0) -> Found | None:
    """Seconds since 1970 in 10 digits with an optional fraction, milli-, micro- or nanoseconds in 13, 16 or 19."""
    match = EPOCH.match(text, at)
    if match is None:
        return None
    seconds, fraction, whole, parts, power = match.groups()
    if power is not None:
        digits = power.replace(".", "").ljust(19, "0")
        seconds, fraction = digits[:10], digits[10:16]
    return epoch_stamp(int(seconds or whole), fraction or parts), match.end(), EXACT


def _found(
    year: str,
    month: str,
    day: str,
    hour: str,
    minute: str,
    second: str | None,
    fraction: str | None,
    half: str | None,
    name: str | None,
    end: int,
    clock: Clock,
) -> Found | None:
    kind = LOCAL
    zone = clock.zone
    if name is not None:
        zone = clock.zone_named(name, half is not None)
        kind = LOCAL if clock.is_ambiguous(name, half is not None) else EXACT
    whole_hour = hour_of_day(hour, half)
    if whole_hour is None:
        return None
    day = f"{year}-{month:0>2}-{day:0>2}"
    stamp = stamp_of(day, whole_hour, minute, second or "00", fraction, zone)
    return None if stamp is None else (stamp, end, kind)


def _without_year(
    month: str,
    day: str,
    hour: str,
    minute: str,
    second: str,
    fraction: str | None,
    end: int,
    clock: Clock,
    name: str | None = None,
) -> Found | None:
    hour = hour.zfill(2)
    dated = clock.day_without_year(int(month), int(day), f"{hour}:{minute}:{second}")
    if dated is None:
        return None
    zone = clock.zone if name is None else clock.zone_named(name, False)
    stamp = stamp_of(dated, hour, minute, second, fraction, zone)
    return None if stamp is None else (stamp, end, YEARLESS)
