"""The forms of log lines: which time and level a line of text states, told apart by its first character.

Each form is a function of the line that answers None at once when the line is not of its kind; the first character
leaves two or three of them to try, so no line meets them all.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from logstream.client.sending.line_level import (
    level_after_tag,
    level_at,
    level_of,
    level_of_letter,
    level_of_priority,
    level_of_sign,
)
from logstream.client.sending.line_time import (
    DAYS,
    MONTHS,
    TimeAt,
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


class Stated(msgspec.Struct, frozen=True, gc=False):
    """Time (ISO 8601 UTC with `Z`) and level, each None where the line doesn't state it."""

    time: str | None
    level: str | None


NOTHING: Final = Stated(None, None)

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


def _behind(text: str, start: TimeAt | None) -> Stated | None:
    """A line that begins with its time, if it does."""
    if start is None:
        return None
    level = level_at(text, start.end)
    if level is not None:
        return Stated(start.time, level.level)
    tag = _TAG.match(text, start.end)
    if tag is not None:
        return Stated(start.time, level_after_tag(text, tag.end()))
    return Stated(start.time, None)


def _iso(text: str, now: datetime) -> Stated | None:
    start = iso_at(text)
    if start is None:
        return None
    stream = _STREAM.match(text, start.end)
    if stream is not None:
        # A container's line inside the line of the container runtime (CRI).
        return Stated(start.time, stated(text[stream.end() :], now).level)
    return _behind(text, start)


def _compact(text: str, now: datetime) -> Stated | None:
    return _behind(text, compact_at(text))


def _epoch(text: str, now: datetime) -> Stated | None:
    return _behind(text, epoch_at(text))


def _short_year(text: str, now: datetime) -> Stated | None:
    return _behind(text, short_year_at(text))


def _redis(text: str, now: datetime) -> Stated | None:
    process = _REDIS.match(text)
    if process is None:
        return None
    start = day_first_at(text, process.end())
    if start is None:
        return None
    sign = text[start.end + 1 : start.end + 2]
    return Stated(start.time, level_of_sign(sign))


def _bracket(text: str, now: datetime) -> Stated | None:
    return _behind(text, weekday_at(text, 1) or iso_at(text, 1) or day_first_at(text, 1))


def _syslog(text: str, now: datetime) -> Stated | None:
    if text[:3] not in MONTHS:
        return None
    start = syslog_at(text, now)
    if start is None:
        return None
    tag = _TAG.match(text, start.end)
    level = None if tag is None else level_after_tag(text, tag.end())
    return Stated(start.time, level)


def _priority(text: str, now: datetime) -> Stated | None:
    """`<PRI>` of RFC 3164 or RFC 5424, the latter with a version behind it."""
    match = _PRIORITY.match(text)
    if match is None or int(match[1]) > 191:
        return None
    start = iso_at(text, match.end()) or syslog_at(text, now, match.end())
    return Stated(_time_of(start), level_of_priority(int(match[1])))


def _weekday(text: str, now: datetime) -> Stated | None:
    return _behind(text, weekday_at(text)) if text[:3] in DAYS else None


def _klog(text: str, now: datetime) -> Stated | None:
    start = klog_at(text, now)
    return None if start is None else Stated(start.time, level_of_letter(text[0]))


def _ruby(text: str, now: datetime) -> Stated | None:
    match = _RUBY.match(text)
    if match is None:
        return None
    start = iso_at(text, match.end())
    return None if start is None else Stated(start.time, level_of_letter(match[1]))


def _access(text: str, now: datetime) -> Stated | None:
    match = _ACCESS.match(text)
    if match is None:
        return None
    start = day_first_at(text, match.end())
    return None if start is None else Stated(start.time, None)


def _level_first(text: str, now: datetime) -> Stated | None:
    """`INFO:     started`, `[WARN] low`, `ERROR 2026-11-22 14:02:01,123 shop.views …`, `error: no such file`."""
    level = level_at(text)
    if level is None:
        return None
    opening = _OPENING.match(text, level.end)
    start = None if opening is None else iso_at(text, opening.end())
    return Stated(_time_of(start), level.level)


def _logfmt(text: str, now: datetime) -> Stated | None:
    """`time=… level=… msg="…"`. Pairs are read in order, so a `level=` inside a quoted message is not seen."""
    time = level = None
    at = count = 0
    while count < _MAX_PAIRS and (pair := _PAIR.match(text, at)) is not None:
        name, value = pair[1].lower(), pair[2].strip('"')
        if time is None and name in ("time", "ts", "timestamp", "t"):
            time = _time_of_value(value)
        elif level is None and name in ("level", "lvl", "severity"):
            level = level_of(value)
        if time is not None and level is not None:
            break
        at = pair.end()
        count += 1
    return None if time is None and level is None else Stated(time, level)


def _time_of(start: TimeAt | None) -> str | None:
    return None if start is None else start.time


def _time_of_value(value: str) -> str | None:
    start = iso_at(value) or epoch_at(value)
    if start is not None and start.end == len(value):
        return start.time
    moment = parse_timestamp(value)
    return None if moment is None else format_timestamp(moment)


_Form = Callable[[str, datetime], Stated | None]
_ANY_FIRST: Final[tuple[_Form, ...]] = (_syslog, _weekday, _logfmt, _level_first, _access)
_FORMS: Final[dict[str, tuple[_Form, ...]]] = {
    **dict.fromkeys("0123456789", (_iso, _compact, _epoch, _short_year, _redis, _access)),
    **dict.fromkeys("IWEFDA", (_klog, _ruby, *_ANY_FIRST)),
    "[": (_bracket, _level_first),
    "<": (_priority, _access),
    " ": (),
    "\t": (),
}
"""The forms to try by the first character of the line; _ANY_FIRST for all other characters."""


def stated(text: str, now: datetime) -> Stated:
    """The time and level that a line states. `now` gives years to times that have none."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    for form in _FORMS.get(text[:1], _ANY_FIRST):
        answer = form(text, now)
        if answer is not None:
            return answer
    return NOTHING
