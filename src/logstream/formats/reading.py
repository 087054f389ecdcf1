"""A line, or an object, as what it says: the order in which the families of formats are asked.

An object, then the prefix of a container, then pairs, then text; and what stands behind a prefix is read in its turn.
The message of a line of text is always the whole line, so nothing is lost when a form is misread; that of an object is
its text, and of a container's line what the program wrote.
"""

import re
from typing import Final

from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.containers import Cri, container_of, cri_of
from logstream.formats.fields import Fields, Members, category_of, encode
from logstream.formats.json_loggers import read_object as _read_object
from logstream.formats.json_names import CONTAINERS, LEVEL, TEXT, TIME, roles_of
from logstream.formats.json_times import time_of_text
from logstream.formats.logfmt import Pairs, pairs_at
from logstream.formats.objects import Object, cut_object, object_of_line
from logstream.formats.syslog import Message, header, level_of_text, message_of, of_file
from logstream.formats.text_forms import Stated, behind, is_head, level_of_message, stated, uncoloured, without_time
from logstream.formats.times import CLOCK, EXACT, YEARLESS, time_at

__all__ = ["Clock", "Fields", "read_line", "read_object", "read_text", "text_of_line"]

DEEPEST: Final = 4
"""Lines inside lines that are read: a syslog line in a container's in a shipper's object is three."""


def text_of_line(line: bytes) -> str:
    """The text of a line: without its end, NULs before it (of a file cut under its writer) and a byte order mark.

    Bytes that are not UTF-8 become U+FFFD.
    """
    line = line.rstrip(b"\r\n")
    if line[:1] == b"\0":
        line = line.lstrip(b"\0")
    if line[:3] == b"\xef\xbb\xbf":
        line = line[3:]
    return line.decode(errors="replace")


def read_line(line: bytes | str, clock: Clock) -> Fields | None:
    """What one line says, or several that belong together; None for one of nothing but white space. Never raises."""
    text = text_of_line(line) if isinstance(line, bytes) else line
    if not text or text.isspace():
        return None
    fields = read_text(text, clock)
    return fields if fields.message and not fields.message.isspace() else None


def read_object(members: Object, clock: Clock, line: str | None = None) -> Fields:
    """What an object of any logger says; `line` is the text it was, for one without a text of its own."""
    return _read_object(members, clock, line, inner=_inner)


def read_text(text: str, clock: Clock, depth: int = 0) -> Fields:
    """What a text that is not blank says."""
    first = text[0]
    if first in _DIGITS:
        return _read_dated(text, clock, depth)
    if first in "{ \t" and (found := _object(text, clock)) is not None:
        return found
    if depth < DEEPEST and (first == "[" or " |" in text[:90]) and (named := container_of(text)) is not None:
        return _of_container(text, *named, clock, depth)
    if (first == "<" or "A" <= first <= "W") and (message := message_of(text, clock)) is not None:
        return _of_syslog(text, message, clock)
    if (first.isalpha() or first == "@") and "=" in text[:70] and (pairs := pairs_at(text, 0, clock)) is not None:
        return _of_pairs(text, pairs, clock)
    fields = _of_text(text, stated(text, clock), clock)
    if first == "#" and fields.timestamp is None and (match := _SLOW_QUERY.match(text)) is not None:
        fields.timestamp, fields.exact = time_of_text(match[1], clock) or (None, False)
    return fields


_SLOW_QUERY: Final = re.compile(r"# User@Host:(?:.*\n)+?SET timestamp=(\d{10}(?:\.\d{1,6})?);")
"""MariaDB and MySQL state the time of a slow query in a line of its own only where the second is another one."""

_DIGITS: Final = frozenset("0123456789")


def _read_dated(text: str, clock: Clock, depth: int) -> Fields:
    """A line that begins with a digit: most often its time."""
    if depth < DEEPEST:
        if (cri := cri_of(text)) is not None:
            return _of_cri(text, cri, clock, depth)
        if " |" in text[:90] and (named := container_of(text)) is not None:
            return _of_container(text, *named, clock, depth)
    time = time_at(text, 0, clock)
    if time is not None and (message := of_file(text, time)) is not None:
        return _of_syslog(text, message, clock)
    if "\n" in text or "\x1b" in text:
        return _of_text(text, stated(text, clock), clock)
    return _of_text(text, without_time(text, clock) if time is None else behind(text, time, clock), clock)


def _of_pairs(text: str, pairs: Pairs, clock: Clock) -> Fields:
    fields = Fields(text, pairs.level, pairs.timestamp, pairs.trace_id, category=pairs.category)
    fields.context = pairs.context
    fields.exact = pairs.exact
    if pairs.timestamp is None:
        what = stated(text, clock)
        fields.timestamp, fields.exact = what.timestamp, what.kind == EXACT and what.timestamp is not None
        fields.level = fields.level or what.level
    return fields


def _of_text(text: str, what: Stated, clock: Clock) -> Fields:
    timestamp, kind, level = what
    fields = Fields(text, level, timestamp, exact=kind == EXACT and timestamp is not None)
    if level is None or timestamp is None:
        _read_behind(fields, text, what, clock)
    return fields


def _inner(text: str, clock: Clock) -> Fields:
    return read_text(text, clock, 1) if text and not text.isspace() else Fields(text)


def _object(text: str, clock: Clock) -> Fields | None:
    """A JSON object, or one whose end is missing."""
    bare = text.strip()
    if bare[:1] != "{":
        return None
    line = bare.encode(errors="replace")
    members = object_of_line(line)
    if members is None and line[:2] in (b'{"', b"{ ") and line[-1:] != b"}":
        members = cut_object(line)
        if members is not None and not _is_logger(members):
            return None
    return None if members is None else read_object(members, clock, bare)


def _is_logger(members: Object) -> bool:
    """Whether an object is a logger's, and not the fields at the end of a line."""
    roles = {role for name in members for role, _ in roles_of(name, members)}
    if members.keys() & CONTAINERS and TEXT not in roles:
        roles.add(TEXT)
    return TEXT in roles and (LEVEL in roles or TIME in roles)


def _of_cri(text: str, cri: Cri, clock: Clock, depth: int) -> Fields:
    rest = text[cri.at :]
    fields = read_text(rest, clock, depth + 1) if rest and not rest.isspace() else Fields(rest)
    time = time_of_text(cri.time, clock)
    if time is not None:
        if fields.timestamp is None or not fields.exact:
            fields.timestamp, fields.exact = time
        elif fields.timestamp != time[0]:
            fields.add("time", time[0])
    fields.add("stream", cri.stream)
    return fields


def _of_container(text: str, name: str, at: int, clock: Clock, depth: int) -> Fields:
    """The line stays whole when it is text: the prefix is all that tells two containers of a log apart."""
    rest = text[at:]
    if not rest or rest.isspace():
        return Fields("")
    fields = read_text(rest, clock, depth + 1)
    if fields.message == rest:
        fields.message = text
    else:
        fields.add("container", name)
    fields.service = fields.service or name
    return fields


def _of_syslog(text: str, message: Message, clock: Clock) -> Fields:
    """The line stays whole, but for an object behind the tag, which is what the program wrote."""
    level = level_of_text(message, text)
    fields = Fields(text, level, message.timestamp, exact=message.kind == EXACT and message.timestamp is not None)
    program = message.program
    rest = text[message.at :]
    bare = rest.lstrip()
    if bare[:6] == "@cee: ":
        bare = bare[6:]
    if bare[:1] == "{" and (found := _object(bare, clock)) is not None:
        fields = _merged(fields, found, header(message))
    elif (
        "=" in bare[:70]
        and (pairs := pairs_at(uncoloured(bare), 0, clock, after_time=message.timestamp is not None)) is not None
    ):
        _take_pairs(fields, pairs.level, pairs.timestamp, pairs.exact, pairs.trace_id, pairs.context)
    elif level is None:
        plain = uncoloured(rest)
        fields.level = level_of_message(plain, 0, clock, tried=plain is rest)
        if fields.level is None and program is None:
            fields.level = stated(text, clock).level
    if message.timestamp is None:
        inside = stated(bare, clock)
        if inside.kind < CLOCK:
            fields.timestamp, fields.exact = inside.timestamp, inside.kind == EXACT and inside.timestamp is not None
    elif message.kind == YEARLESS and not fields.exact and "[" in bare[:80]:
        inside = stated(bare, clock)
        if inside.timestamp is not None and inside.kind < YEARLESS:
            fields.timestamp, fields.exact = inside.timestamp, inside.kind == EXACT
    fields.category = fields.category or (None if program is None else category_of(program))
    fields.service = fields.service or program
    fields.host = fields.host or message.host
    return fields


def _take_pairs(
    fields: Fields, level: str | None, timestamp: str | None, exact: bool, trace_id: str | None, context: Members
) -> None:
    fields.level = level or fields.level
    if timestamp is not None and (fields.timestamp is None or exact):
        fields.timestamp, fields.exact = timestamp, exact
    fields.trace_id = trace_id
    fields.context = context


def _merged(outer: Fields, found: Fields, context: Members) -> Fields:
    """An object with what the line before it says where the object doesn't."""
    found.level = found.level or outer.level
    if outer.timestamp is not None:
        if found.timestamp is None or (outer.exact and not found.exact):
            found.timestamp, found.exact = outer.timestamp, outer.exact
        elif found.timestamp != outer.timestamp:
            context = [("time", Raw(encode(outer.timestamp))), *context]
    for name, value in context:
        found.add_raw(name, value)
    return found


def _read_behind(fields: Fields, text: str, what: Stated, clock: Clock) -> None:
    """An object or pairs behind a prefix: a time, a pod, a bracket."""
    start = text.find('{"', 0, 400)
    if start > 0 and what.level is None and text.rstrip()[-1:] == "}":
        members = object_of_line(text[start:].rstrip().encode(errors="replace"))
        if members is not None and _is_logger(members) and is_head(text, start):
            found = _merged(fields, read_object(members, clock, text[start:]), [])
            prefix = text[:start].strip()
            if what.timestamp is None or len(prefix) > 40:
                found.add("prefix", prefix)
            for name in (
                "message",
                "level",
                "timestamp",
                "exact",
                "trace_id",
                "category",
                "context",
                "service",
                "host",
            ):
                setattr(fields, name, getattr(found, name))
            return
    if "=" in text and ("level=" in text or "msg=" in text or "lvl=" in text or "severity=" in text):
        start = _pairs_start(text)
        if start > 0 and is_head(text, start):
            pairs = pairs_at(text, start, clock, after_time=what.timestamp is not None)
            if pairs is not None and not pairs.plain and (what.timestamp or pairs.timestamp or len(pairs.context)):
                _take_pairs(fields, pairs.level, pairs.timestamp, pairs.exact, pairs.trace_id, pairs.context)


def _pairs_start(text: str) -> int:
    """Where the first pair of the line's head begins."""
    equal = text.find("=", 0, 300)
    return -1 if equal < 0 else text.rfind(" ", 0, equal) + 1
