"""The forms of log lines: which time and level a line of text states, told apart by its first character.

Each form is a function of the line that answers None at once when the line is not of its kind; the first character
leaves two or three of them to try, so no line meets them all.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from logstream.client.sending.levels import (
    level_after_tag,
    level_at,
    level_of,
    level_of_letter,
    level_of_priority,
    level_of_sign,
)
from logstream.client.sending.times import (
    DAYS,
    MONTHS,
    Found,
    compact_at,
    day_first_at,
    epoch_at,
    iso_at,
    klog_at,
    short_year_at,
    syslog_at,
    weekday_at,
)
from logstream.entries.timestamps import format_timestamp, parse_timestamp

Stated = tuple[str | None, str | None]
"""Time (ISO 8601 UTC with `Z`) and level, each None where the line doesn't state it."""

NOTHING: Final[Stated] = (None, None)
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]{0,16}m")
_PRIORITY: Final = re.compile(r"<([0-9]{1,3})>(1 )?")
_TAG: Final = re.compile(r" \S{1,255} [^\s:\[]{1,80}(?:\[[^\]\s]{1,40}\])?:\s+", re.ASCII)
_STREAM: Final = re.compile(r" (?:stdout|stderr) [FP] ")
_ACCESS: Final = re.compile(r"\S{1,255} [^\[]{1,200}\[(?=[0-9]{2}/)")
_REDIS: Final = re.compile(r"[0-9]{1,10}:[A-Z] (?=[0-9])")
_RUBY: Final = re.compile(r"([DIWEFA]), \[")
_PAIR: Final = re.compile(r'\s*([A-Za-z_][\w.\-/]{0,63})=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)', re.ASCII)
_MAX_PAIRS: Final = 12
"""Loggers put time and level first; further pairs are the message's own."""

_OPENING: Final = re.compile(r"[\s|:,;\])-]*(?:\[[^\[\]]{0,80}\][\s|:-]*)?\[?")


def stated(text: str, now: datetime) -> Stated:
    """The time and level that a line states. `now` gives years to times that have none."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    first = text[:1]
    for form in _FORMS.get(first, _OTHERS):
        found = form(text, now)
        if found is not None:
            return found
    return NOTHING


def _behind(text: str, time: Found) -> Stated:
    """A line that begins with its time."""
    moment, end = time
    level = level_at(text, end)
    if level is not None:
        return moment, level[0]
    tag = _TAG.match(text, end)
    if tag is not None:
        return moment, level_after_tag(text, tag.end())
    return moment, None


def _iso(text: str, now: datetime) -> Stated | None:
    time = iso_at(text)
    if time is None:
        return None
    stream = _STREAM.match(text, time[1])
    if stream is not None:
        return time[0], _contained(text[stream.end() :], now)
    return _behind(text, time)


def _contained(message: str, now: datetime) -> str | None:
    """The level of a container's line inside the line of the container runtime (CRI)."""
    return stated(message, now)[1]


def _compact(text: str, now: datetime) -> Stated | None:
    time = compact_at(text)
    return None if time is None else _behind(text, time)


def _epoch(text: str, now: datetime) -> Stated | None:
    time = epoch_at(text)
    return None if time is None else _behind(text, time)


def _short_year(text: str, now: datetime) -> Stated | None:
    time = short_year_at(text)
    return None if time is None else _behind(text, time)


def _redis(text: str, now: datetime) -> Stated | None:
    process = _REDIS.match(text)
    time = None if process is None else day_first_at(text, process.end())
    return None if time is None else (time[0], level_of_sign(text[time[1] + 1 : time[1] + 2]))


def _bracket(text: str, now: datetime) -> Stated | None:
    time = weekday_at(text, 1) or iso_at(text, 1) or day_first_at(text, 1)
    return None if time is None else _behind(text, time)


def _syslog(text: str, now: datetime) -> Stated | None:
    if text[:3] not in MONTHS:
        return None
    time = syslog_at(text, now)
    if time is None:
        return None
    tag = _TAG.match(text, time[1])
    return time[0], None if tag is None else level_after_tag(text, tag.end())


def _priority(text: str, now: datetime) -> Stated | None:
    """`<PRI>` of RFC 3164 or RFC 5424, the latter with a version behind it."""
    match = _PRIORITY.match(text)
    if match is None or int(match[1]) > 191:
        return None
    time = iso_at(text, match.end()) or syslog_at(text, now, match.end())
    return None if time is None else time[0], level_of_priority(int(match[1]))


def _weekday(text: str, now: datetime) -> Stated | None:
    time = weekday_at(text) if text[:3] in DAYS else None
    return None if time is None else _behind(text, time)


def _klog(text: str, now: datetime) -> Stated | None:
    time = klog_at(text, now)
    return None if time is None else (time[0], level_of_letter(text[0]))


def _ruby(text: str, now: datetime) -> Stated | None:
    match = _RUBY.match(text)
    time = None if match is None else iso_at(text, match.end())
    return None if match is None or time is None else (time[0], level_of_letter(match[1]))


def _access(text: str, now: datetime) -> Stated | None:
    match = _ACCESS.match(text)
    time = None if match is None else day_first_at(text, match.end())
    return None if time is None else (time[0], None)


def _level_first(text: str, now: datetime) -> Stated | None:
    """`INFO:     started`, `[WARN] low`, `ERROR 2026-11-22 14:02:01,123 shop.views …`, `error: no such file`."""
    level = level_at(text)
    if level is None:
        return None
    opening = _OPENING.match(text, level[1])
    time = None if opening is None else iso_at(text, opening.end())
    return None if time is None else time[0], level[0]


def _logfmt(text: str, now: datetime) -> Stated | None:
    """`time=… level=… msg="…"`. Pairs are read in order, so a `level=` inside a quoted message is not seen."""
    moment = level = None
    at = count = 0
    while count < _MAX_PAIRS and (pair := _PAIR.match(text, at)) is not None:
        name, value = pair[1].lower(), pair[2].strip('"')
        if moment is None and name in ("time", "ts", "timestamp", "t"):
            moment = _time_of(value)
        elif level is None and name in ("level", "lvl", "severity"):
            level = level_of(value)
        if moment is not None and level is not None:
            break
        at = pair.end()
        count += 1
    return None if moment is None and level is None else (moment, level)


def _time_of(value: str) -> str | None:
    time = iso_at(value) or epoch_at(value)
    if time is not None and time[1] == len(value):
        return time[0]
    moment = parse_timestamp(value)
    return None if moment is None else format_timestamp(moment)


_Form = Callable[[str, datetime], Stated | None]
_OTHERS: Final[tuple[_Form, ...]] = (_syslog, _weekday, _logfmt, _level_first, _access)
_FORMS: Final[dict[str, tuple[_Form, ...]]] = {
    **dict.fromkeys("0123456789", (_iso, _compact, _epoch, _short_year, _redis, _access)),
    **dict.fromkeys("IWEFDA", (_klog, _ruby, *_OTHERS)),
    "[": (_bracket, _level_first),
    "<": (_priority, _access),
    " ": (),
    "\t": (),
}
