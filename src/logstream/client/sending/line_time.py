"""The forms in which log lines state their time, each read at one place of a line by one anchored expression.

A time without a zone is taken as UTC. Minutes are converted once and remembered: the lines of a log share them, and
seconds and fractions are never touched by an offset, so they are copied as text.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec


class TimeAt(msgspec.Struct, frozen=True, gc=False):
    """A time as ISO 8601 UTC with `Z`, and where in the line it ends."""

    time: str
    end: int


MONTHS: Final = {
    name: f"{number:02}"
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1
    )
}
DAYS: Final = frozenset(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])

_NAMED_ZONES: Final = {
    # RFC 822 section 5.1, and those of Europe and Japan; names with several meanings (IST, CST of China) are left out
    **dict.fromkeys(("Z", "z", "UTC", "GMT", "WET"), 0),
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "JST": 540,
}
_ZONE: Final = rf"[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?|{'|'.join(sorted(_NAMED_ZONES, key=len, reverse=True))}"
_CLOCK: Final = r"((?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d)(?:[.,](\d{1,9}))?"
_END: Final = r"(?![\dA-Za-z])"
_MONTH: Final = rf"({'|'.join(MONTHS)})"

_ISO: Final = re.compile(
    r"(\d{4})([-/])(\d\d)\2(\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?"
    rf"(?: ?({_ZONE}))?{_END}",
    re.ASCII,
)
_SHORT_YEAR: Final = re.compile(rf"(\d\d)/(\d\d)/(\d\d) {_CLOCK}{_END}", re.ASCII)
_DAY_FIRST: Final = re.compile(
    rf"(\d\d?)([-/ ]){_MONTH}\2(\d{{4}})[: ]{_CLOCK}(?: ?({_ZONE}))?{_END}",
    re.ASCII,
)
_WEEKDAY: Final = re.compile(
    rf"(?:{'|'.join(sorted(DAYS))}),? {_MONTH} ([ 0-3]?\d) {_CLOCK}(?: ({_ZONE}))? (\d{{4}}){_END}", re.ASCII
)
_SYSLOG: Final = re.compile(rf"{_MONTH} ([ 0-3]?\d) {_CLOCK}{_END}", re.ASCII)
_COMPACT: Final = re.compile(r"(\d\d)(\d\d)(\d\d) ([01]\d|2[0-3])([0-5]\d)([0-5]\d)(?= )", re.ASCII)
_KLOG: Final = re.compile(rf"[IWEF](\d\d)(\d\d) {_CLOCK}{_END}", re.ASCII)
_EPOCH: Final = re.compile(r"(?:([12]\d{9})(?:\.(\d{1,9}))?|([12]\d{9})(\d{3}))(?=[\s:,|\]]|$)", re.ASCII)
"""From 2001 to 2065: other numbers of ten digits are rather not times."""


def iso_at(text: str, at: int = 0) -> TimeAt | None:
    """`2026-11-22T14:02:01.123+01:00` and its relatives; also with slashes, without seconds or with a named zone."""
    match = _ISO.match(text, at)
    if match is None:
        return None
    year, _, month, day, clock, second, fraction, zone = match.groups()
    return _time_at(f"{year}-{month}-{day}", clock, second or "00", fraction, zone, match.end())


def short_year_at(text: str, at: int = 0) -> TimeAt | None:
    """`17/06/09 20:10:40`, as Spark writes it: year, month, day."""
    match = _SHORT_YEAR.match(text, at)
    if match is None:
        return None
    year, month, day, clock, second, fraction = match.groups()
    return _time_at(f"20{year}-{month}-{day}", clock, second, fraction, None, match.end())


def day_first_at(text: str, at: int = 0) -> TimeAt | None:
    """`10/Oct/2000:13:55:36 -0700` (access logs), `22-Nov-2026 14:02:01 UTC` (PHP), `22 Nov 2026 14:02:01` (Redis)."""
    match = _DAY_FIRST.match(text, at)
    if match is None:
        return None
    day, _, month, year, clock, second, fraction, zone = match.groups()
    return _time_at(f"{year}-{MONTHS[month]}-{day:0>2}", clock, second, fraction, zone, match.end())


def weekday_at(text: str, at: int = 0) -> TimeAt | None:
    """`Sun Dec 04 04:47:44.123456 2005`: Apache's error log and ctime()."""
    match = _WEEKDAY.match(text, at)
    if match is None:
        return None
    month, day, clock, second, fraction, zone, year = match.groups()
    return _time_at(f"{year}-{MONTHS[month]}-{day.strip():0>2}", clock, second, fraction, zone, match.end())


def syslog_at(text: str, now: datetime, at: int = 0) -> TimeAt | None:
    """`Jun 14 15:16:01`, RFC 3164 section 4.1.2. No year is stated: see `_without_year`."""
    match = _SYSLOG.match(text, at)
    if match is None:
        return None
    month, day, clock, second, fraction = match.groups()
    return _without_year(MONTHS[month], day.strip(), clock, second, fraction, now, match.end())


def klog_at(text: str, now: datetime, at: int = 0) -> TimeAt | None:
    """`I1122 14:02:01.123456`: klog and glog. No year is stated: see `_without_year`."""
    match = _KLOG.match(text, at)
    if match is None:
        return None
    month, day, clock, second, fraction = match.groups()
    return _without_year(month, day, clock, second, fraction, now, match.end())


def compact_at(text: str, at: int = 0) -> TimeAt | None:
    """`081109 203615`: yymmdd hhmmss, as Hadoop's file system writes it."""
    match = _COMPACT.match(text, at)
    if match is None:
        return None
    year, month, day, hour, minute, second = match.groups()
    return _time_at(f"20{year}-{month}-{day}", f"{hour}:{minute}", second, None, None, match.end())


def epoch_at(text: str, at: int = 0) -> TimeAt | None:
    """Seconds since 1970 in 10 digits with an optional fraction, or milliseconds in 13."""
    match = _EPOCH.match(text, at)
    if match is None:
        return None
    seconds, fraction, whole, millis = match.groups()
    moment = datetime.fromtimestamp(int(seconds or whole), UTC)
    return TimeAt(f"{moment:%Y-%m-%dT%H:%M:%S}.{_digits(fraction or millis)}Z", match.end())


def _time_at(day: str, clock: str, second: str, fraction: str | None, zone: str | None, end: int) -> TimeAt | None:
    minute = _utc_minute(day, clock, zone)
    if minute is None:
        return None
    return TimeAt(f"{minute}:{second}.{_digits(fraction)}Z", end)


def _digits(fraction: str | None) -> str:
    """Three decimals, or six where the microseconds are not whole milliseconds; what is finer is cut off."""
    if not fraction:
        return "000"
    if len(fraction) <= 3:
        return fraction.ljust(3, "0")
    six = fraction[:6].ljust(6, "0")
    return six[:3] if six.endswith("000") else six


@lru_cache(4096)
def _utc_minute(day: str, clock: str, zone: str | None) -> str | None:
    """`YYYY-MM-DDTHH:MM` in UTC; None for a day that no calendar has, or outside 1970 to 9999."""
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}") - timedelta(minutes=_offset(zone))
    except (ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="minutes") if moment.year >= 1970 else None


def _offset(zone: str | None) -> int:
    """Minutes east of UTC."""
    if zone is None:
        return 0
    if zone[0] not in "+-":
        return _NAMED_ZONES[zone]
    minutes = int(zone[1:3]) * 60
    if len(zone) > len("+01"):
        minutes += int(zone[-2:])
    return -minutes if zone[0] == "-" else minutes


def _without_year(
    month: str, day: str, clock: str, second: str, fraction: str | None, now: datetime, end: int
) -> TimeAt | None:
    """The latest year in which the day exists and the time is not more than a day after `now`."""
    early, late, limit = _recent_days(month, day, now)
    date_of_line = early if f"{clock}:{second}" <= limit else late
    return _time_at(date_of_line, clock, second, fraction, None, end) if date_of_line else None


@lru_cache(1024)
def _recent_days(month: str, day: str, now: datetime) -> tuple[str | None, str | None, str]:
    """The latest such day for a time of day up to the third value, and for a later one."""
    limit = now + timedelta(days=1)
    until = limit.date()
    return (
        _latest(int(month), int(day), until),
        _latest(int(month), int(day), until - timedelta(days=1)),
        f"{limit:%H:%M:%S}",
    )


def _latest(month: int, day: int, until: date) -> str | None:
    """Eight years back reach a 29 February even across 2100, which has none."""
    for year in range(until.year, until.year - 9, -1):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate <= until:
            return candidate.isoformat()
    return None
