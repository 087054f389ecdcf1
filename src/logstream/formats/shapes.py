"""Objects whose list of names was read before: the same members mean the same, so nothing is weighed again.

The objects of a log have the same few lists of names. What `json_loggers` found out about one is read here in a third
of the time, as long as every value is as plain as it was; for anything else `Shape.read` says None, and the object is
read in full.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.entries.entry import MAX_CATEGORY, MAX_TRACE_ID
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.json_names import (
    CATEGORY,
    HOST,
    LEVEL,
    LINES,
    SERVICE,
    SHARED,
    TEMPLATES,
    TEXT,
    TIME,
    TRACE,
    is_line,
)
from logstream.formats.json_times import time_of
from logstream.formats.objects import Object, decode_text

_NOT_PLAIN: Final = LINES | TEMPLATES | {"date", "s", "timestampSeconds", "trace", "traceparent"}
"""Names whose values need more than a look: lines, templates, parts of a time, letters, ids inside others."""

_ROLES: Final = frozenset((TEXT, TIME, LEVEL, TRACE, CATEGORY, SERVICE, HOST))
_MOST_LEVELS: Final = 100


class Shape(msgspec.Struct):
    """Where an object of certain names has what. `levels`: what the values met so far mean."""

    text: str
    time: str
    level: str
    trace: str | None
    category: str | None
    service: tuple[str, str] | None
    host: tuple[str, str] | None
    used: frozenset[str]
    one_level: bool
    levels: dict[bytes, str] = {}

    def read(self, members: Object, nested: dict[str, Object], clock: Clock) -> Fields | None:
        """What the object says; None when one of its values is not plain."""
        level = self.levels.get(bytes(members[self.level]))
        time = time_of(members[self.time], clock)
        if level is None or time is None:
            return None
        trace = category = service = host = None
        try:
            text = decode_text(members[self.text])
            if not text or ((text[0] == "{" or self.text == "MESSAGE") and is_line(self.text, text)):
                return None
            if self.trace is not None:
                trace = decode_text(members[self.trace])
                if len(trace) > MAX_TRACE_ID or "/" in trace or not trace.strip("0-"):
                    return None
            if self.category is not None:
                category = decode_text(members[self.category])
                if not 0 < len(category) <= MAX_CATEGORY:
                    return None
            if self.service is not None:
                name, below = self.service
                service = decode_text(nested[name][below] if below else members[name])
            if self.host is not None:
                name, below = self.host
                host = decode_text(nested[name][below] if below else members[name])
        except msgspec.ValidationError:  # no text
            return None
        if service == "" or host == "":
            return None
        used = self.used
        context = [member for member in members.items() if member[0] not in used]
        return Fields(
            text,
            level,
            time[0],
            trace,
            category=category,
            context=context,
            service=service,
            host=host,
            exact=time[1],
        )

    def learn(self, members: Object, level: str) -> None:
        """Remember what the value of the level means: a word, or a number that nothing else may overrule."""
        value = bytes(members[self.level])
        if (self.one_level or value[:1] == b'"') and len(value) <= 30 and len(self.levels) < _MOST_LEVELS:
            self.levels[value] = level


def shape_of(candidates: Sequence[tuple[int, str, str]], names: Sequence[str]) -> Shape | None:
    """The shape of objects with such members: candidates are a role, a name and one below it, best first in each role.

    None for objects that are never plain: with a context, an application or a text in a member of theirs.
    """
    first: dict[int, tuple[str, str]] = {}
    for role, name, below in candidates:
        if role == CATEGORY and name in SHARED:
            return None
        first.setdefault(role, (name, below))
    if "context" in names or not (first.keys() <= _ROLES and {TEXT, TIME, LEVEL} <= first.keys()):
        return None
    taken = {role: place for role, place in first.items() if role not in (SERVICE, HOST)}
    if any(below or name in _NOT_PLAIN for name, below in taken.values()):
        return None
    named = {role: name for role, (name, _) in taken.items()}
    levels = [name for role, name, _ in candidates if role == LEVEL]
    return Shape(
        named[TEXT],
        named[TIME],
        named[LEVEL],
        named.get(TRACE),
        named.get(CATEGORY),
        first.get(SERVICE),
        first.get(HOST),
        frozenset(named.values()),
        len(levels) == 1,
    )
