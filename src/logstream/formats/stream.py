"""The lines of one source as entries to send: lines put together, read, and written as JSON.

A JSON object that is an entry of ours goes through to the letter.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, Member, Members
from logstream.formats.multiline import Joiner, Lines, Pattern, joiner
from logstream.formats.objects import object_of_line, objects_in_line, strict_object
from logstream.formats.own_entries import is_own
from logstream.formats.printed_json import Record
from logstream.formats.reading import read_line, read_object
from logstream.formats.wire import entry_json

_UNREAD: Final = b'{"message":"{'
"""An entry whose message is the text of an object: one without a text, or several on one line."""


class Stream:
    """One source: a file, a pipe. `category`: for lines of text, and for objects that name none. `context`: for all.

    `multiline`: `auto`, `off`, or a regular expression that begins an entry; raises re.error for a wrong one.
    """

    def __init__(
        self, clock: Clock, *, category: str | None = None, multiline: str = "auto", context: Members | None = None
    ) -> None:
        self._clock = clock
        self._context = context or []
        self._category = category
        self.lines = 0
        """Lines that were taken."""
        self._joiner: Joiner | Lines | Pattern = joiner(multiline)

    def feed(self, lines: Sequence[bytes], now: datetime) -> list[tuple[bytes, int]]:
        """The entries that these lines complete, as JSON, each with the number of its first line."""
        self._clock.set(now)
        self.lines += len(lines)
        return self._entries(self._joiner.feed(lines))

    def flush_after(self, seconds: float) -> list[tuple[bytes, int]]:
        """The entries that have waited so long for lines that might go on them."""
        return self._entries(self._joiner.flush_after(seconds))

    def flush(self) -> list[tuple[bytes, int]]:
        """The entries that still wait: at the end of the source."""
        return self._entries(self._joiner.flush())

    @property
    def open_from(self) -> int | None:
        """The number of the first line that waits; None if none does, 0 if lines behind it have been given out."""
        return self._joiner.open_from

    def _entries(self, records: list[Record]) -> list[tuple[bytes, int]]:
        out: list[tuple[bytes, int]] = []
        clock, category, context = self._clock, self._category, self._context
        for line, number, head in records:
            entry = entry_of(line, clock, category, head, context)
            if entry is None:
                continue
            if line[0] == 0x7B and entry[:13] == _UNREAD and (items := objects_in_line(line)) is not None:
                out += self._entries([(item, number, None) for item in items])
            else:
                out.append((entry, number))
        return out


def entry_of(
    line: bytes, clock: Clock, category: str | None = None, head: bytes | None = None, context: Sequence[Member] = ()
) -> bytes | None:
    """The JSON of the entry that a line is; None for one of nothing but white space.

    `head`: the first line of the entry that this one goes on; its time and level count here too.
    """
    bare = line.strip()
    members = None
    if bare[:1] == b"{":
        members = strict_object(bare)
        if members is None:
            members = object_of_line(bare)
        elif not context and is_own(members, clock) and _is_verbatim(bare):
            return bare
    fields: Fields | None
    if members is not None:
        text = bare.decode(errors="replace")
        fields = read_object(members, clock, text)
        if fields.category is None:
            fields.category = category
        if not fields.message or fields.message.isspace():
            return None
    else:
        fields = read_line(line, clock)
        if fields is None:
            return None
        if category is not None:
            fields.category = category
    if head is not None and (first := read_line(head, clock)) is not None:
        fields.level = fields.level or first.level
        fields.timestamp = fields.timestamp or first.timestamp
    for name, value in context:
        fields.add_raw(name, value)
    return entry_json(fields)


def _is_verbatim(line: bytes) -> bool:
    """Whether the bytes can be sent as they are: UTF-8, and no half of a surrogate pair."""
    return b"\\ud" not in line and b"\\uD" not in line and _is_utf8(line)


def _is_utf8(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
