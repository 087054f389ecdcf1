"""Times as JSON has them: texts of any form, numbers of any size, objects of Log4j, MongoDB and PHP."""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Raw

from logstream.entries.timestamps import WRITTEN_FORM, format_timestamp, is_day, parse_timestamp
from logstream.formats.clock import Clock
from logstream.formats.objects import Object, decode_text, members_of, text_of
from logstream.formats.stamps import epoch_stamp
from logstream.formats.times import EXACT, time_at

FIRST_SECOND: Final = 1_000_000_000
"""Numbers below are durations or temperatures rather than times, which this takes for 2001."""


def time_of(raw: Raw, clock: Clock) -> tuple[str, bool] | None:
    """The time that a JSON value states, in any form, and whether its zone is stated too."""
    value = bytes(raw)
    first = value[:1]
    if first == b'"':
        return time_of_text(decode_text(value), clock)
    if first == b"{":
        return _time_of_object(members_of(raw) or {}, clock)
    if first == b"[":
        return _time_of_list(raw, clock)
    if not first.isdigit():
        return None
    if len(value) == 13 and value.isdigit() and value[0] in b"12":  # milliseconds, as most programs write
        return epoch_stamp(int(value[:10]), value[10:].decode()), True
    return _time_of_number(value.decode())


def time_of_text(text: str, clock: Clock) -> tuple[str, bool] | None:
    if WRITTEN_FORM.fullmatch(text) and is_day(text[:10]):
        return text, True
    text = text.strip()
    if text[:1] == "[":
        text = text[1:].rstrip("]")
    found = time_at(text, 0, clock)
    if found is not None and found[1] == len(text):
        return found[0], found[2] == EXACT
    if len(text) < 10 or text[:4] == "0001":
        return None
    if (match := _DATE.fullmatch(text)) is not None:
        return _time_of_number(match[1])
    if text[:1].isdigit() and text.replace(".", "", 1).isdigit():
        return _time_of_number(text)
    moment = parse_timestamp(text)
    if moment is None:
        return None
    if text[-1:] not in "Zz" and "+" not in text and text.rfind("-") < 8 and not text.endswith("UTC"):
        return time_of_text(text + " 00:00:00", clock) if len(text) == 10 else None
    return format_timestamp(moment), True


_DATE: Final = re.compile(r"\\?/Date\((\d{10,16})(?:[+-]\d{4})?\)\\?/", re.ASCII)
"""Milliseconds as .NET writes them; an offset says only where that was."""


def _time_of_list(raw: Raw, clock: Clock) -> tuple[str, bool] | None:
    """`[2024, 3, 1, 1, 2, 3, 456789000]`: year to nanoseconds, as Java's Jackson writes a time without a zone."""
    try:
        parts = msgspec.json.decode(raw, type=list[int])
    except ValueError:
        return None
    if not 5 <= len(parts) <= 7 or min(parts) < 0:
        return None
    year, month, day, hour, minute, second, nanoseconds = [*parts, 0, 0][:7]
    written = f"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{nanoseconds:09}"
    return time_of_text(written, clock)


def _time_of_number(text: str) -> tuple[str, bool] | None:
    moment: datetime | None = None
    try:
        number = float(text) if any(sign in text for sign in ".eE") else int(text)
    except ValueError:
        return None
    if number >= FIRST_SECOND:
        moment = parse_timestamp(number)
    return None if moment is None else (format_timestamp(moment), True)


def _time_of_object(members: Object, clock: Clock) -> tuple[str, bool] | None:
    """`{"$date": …}` of MongoDB, `{"epochSecond": …, "nanoOfSecond": …}` of Log4j, `{"date", "timezone"}` of PHP."""
    for name in ("$date", "$numberLong", "timestamp"):
        if name in members:
            return time_of(members[name], clock)
    whole: Any = None
    for seconds, parts in (("epochSecond", "nanoOfSecond"), ("seconds", "nanos"), ("secs_since_epoch", "nanos")):
        if seconds in members:
            try:
                whole = msgspec.json.decode(members[seconds], type=int) * 1_000_000
                if parts in members:
                    whole += msgspec.json.decode(members[parts], type=int) // 1000
            except (ValueError, OverflowError):
                return None
            return _time_of_number(str(whole))
    if "date" in members:
        zone = text_of(members["timezone"]) if "timezone" in members else None
        return time_of_text(f"{text_of(members['date']) or ''} {zone or ''}".strip(), clock)
    return None
