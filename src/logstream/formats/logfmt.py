"""logfmt: `time=2024-03-01T01:02:03Z level=error msg="boom" free=3`.

The message stays the whole line; the pairs that are no time, level or text of it are its context. Pairs are read in
order, so a `level=` inside a quoted text is not seen, and neither are those of a game (`player=anna level=3`).
"""

import re
from typing import Final

from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Members, encode
from logstream.formats.json_times import time_of_text
from logstream.formats.levels import level_of
from logstream.formats.objects import decode_value

_PAIR: Final = re.compile(r'([A-Za-z_@][\w.\-/@]{0,63}+)=("[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s"]*+)(?:[\s,]++|$)', re.ASCII)
_WORD: Final = re.compile(r"[\w.\-/]{1,64}(?:\s++|$)", re.ASCII)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ZONE: Final = re.compile(r' tz="?([+-]\d{2}:?\d{2})"?(?=\s|$)', re.ASCII)
_TIMES: Final = frozenset(("time", "ts", "timestamp", "t", "@timestamp", "datetime", "time_local", "eventtime"))
_LEVELS: Final = frozenset(
    ("level", "lvl", "severity", "loglevel", "log_level", "log.level", "@level", "LEVEL", "Level", "at")
)
_TEXTS: Final = frozenset(("msg", "message", "@message"))
_TRACES: Final = frozenset(("trace_id", "traceId", "traceID", "trace.id", "dd.trace_id", "TraceId"))
_LOGGERS: Final = frozenset(("logger", "component", "channel", "module"))
_MOST: Final = 200
"""Pairs of a line that go to its context."""


class Pairs:
    """What the pairs of a line say. `plain`: they may be any program's output, and no logger's."""

    __slots__ = ("category", "context", "end", "exact", "level", "plain", "timestamp", "trace_id")

    def __init__(self) -> None:
        self.timestamp: str | None = None
        self.exact = False
        self.level: str | None = None
        self.trace_id: str | None = None
        self.category: str | None = None
        self.context: Members = []
        self.plain = True
        self.end = 0


def pairs_at(text: str, at: int, clock: Clock, *, after_time: bool = False) -> Pairs | None:
    """The pairs from `at` on; None when that is not how a line of pairs looks."""
    match = _PAIR.match(text, at)
    if match is None:
        return None
    found = Pairs()
    context: Members = []
    taken: set[str] = set()
    level_name = text_of_line = level_value = None
    numbered: str | None = None
    date: str | None = None
    count = 0
    while match is not None:
        name, value = match.groups()
        count += 1
        literal = value
        if value[:1] == '"':
            value = _unquoted(value)
        if name in _TIMES and found.timestamp is None and (time := time_of_text(value, clock)) is not None:
            found.timestamp, found.exact = time
        elif name == "date" and found.timestamp is None and _DATE.fullmatch(value):
            date = value
        elif name == "time" and date is not None:  # FortiGate
            zone = _ZONE.search(text, match.end())
            time = time_of_text(f"{date} {value}{'' if zone is None else zone[1]}", clock)
            if time is not None:
                found.timestamp, found.exact = time
        elif name in _LEVELS and found.level is None and (level := _level(name, value)) is not None:
            found.level = level
            level_name, level_value = name, _json(literal, value)
        elif name in _TEXTS and text_of_line is None:
            text_of_line = value
        elif name in _TRACES and found.trace_id is None and 0 < len(value) <= 36:
            found.trace_id = value
        else:
            if name in _LOGGERS and found.category is None and 0 < len(value) <= 100:
                found.category = value
            if name in _LEVELS:
                numbered = value
            if name not in taken and len(context) < _MOST:
                taken.add(name)
                context.append((name, _json(literal, value)))
        found.end = match.end()
        match = _PAIR.match(text, found.end)
        if match is None and (word := _WORD.match(text, found.end)) is not None and word.end() < len(text):
            match = _PAIR.match(text, word.end())
    logged = found.timestamp is not None or text_of_line is not None or after_time
    if found.level is not None and not logged and (level_name not in _PLAIN_LEVELS or text[at : at + 1].isupper()):
        found.level = None
        if level_name is not None and level_value is not None:
            context.append((level_name, level_value))
    if found.level is None and numbered is not None and found.timestamp is not None and text_of_line is not None:
        found.level = _NUMBERS.get(numbered)
    found.plain = not logged and found.level is None
    whole = found.end >= len(text.rstrip())
    if found.plain and not (whole and count >= 3):
        return None
    found.context = context if whole or count >= 3 else []
    return found


_PLAIN_LEVELS: Final = frozenset(("level", "lvl", "severity", "loglevel", "log_level"))
_NUMBERS: Final = {"10": "debug", "20": "debug", "30": "info", "40": "warning", "50": "error", "60": "critical"}


def _level(name: str, value: str) -> str | None:
    if value.isdigit():
        return None
    if name == "at" and value not in ("info", "error", "warning", "debug", "warn"):
        return None
    return level_of(value)


def _unquoted(literal: str) -> str:
    if "\\" not in literal:
        return literal[1:-1]
    try:
        return str(decode_value(literal))
    except ValueError:
        return literal[1:-1].replace('\\"', '"')


def _json(literal: str, value: str) -> Raw:
    """The JSON of a value: a number stays one."""
    first = literal[:1]
    if first == '"':
        if "\\" not in literal and literal.isprintable():
            return Raw(literal.encode())
    elif (first in "-0123456789" and _NUMBER.fullmatch(literal)) or literal in ("true", "false"):
        return Raw(literal.encode())
    elif "\\" not in literal and literal.isprintable():
        return Raw(f'"{literal}"'.encode())
    return Raw(encode(value))
