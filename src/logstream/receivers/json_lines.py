"""JSON lines over TCP, as Logstash's tcp input takes them: objects a line, and what else senders of lines write.

Monolog glues lists of Fluentd's kind without a newline, others write plain text: no line is refused for its form.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields
from logstream.formats.multiline import joiner
from logstream.formats.objects import Object, members_of, object_of_line, text_of
from logstream.formats.reading import read_line
from logstream.receivers.json_values import values_of
from logstream.receivers.objects import finish, read_members, read_value
from logstream.receivers.request import Records
from logstream.receivers.session import Arrival

UNENDED_SECONDS: Final = 1.0
"""After so long a line without an end is one: some senders write none."""


class Lines:
    """Where messages end on one connection: at a delimiter. `most`: bytes of a message; more are cut off."""

    def __init__(self, delimiter: bytes, most: int) -> None:
        self._delimiter = delimiter
        self._most = most
        self._rest = bytearray()
        self._skipping = False
        self.cut = 0
        """Messages that were cut."""

    @property
    def held(self) -> int:
        return len(self._rest)

    @property
    def patience(self) -> float | None:
        return UNENDED_SECONDS if self._rest else None

    def feed(self, data: bytes) -> list[bytes]:
        if self._skipping:
            _, end, data = data.partition(self._delimiter)
            self._skipping = not end
        first, end, behind = data.partition(self._delimiter)
        self._rest += first
        found: list[bytes] = []
        if end:
            found.append(bytes(self._rest))
            *whole, rest = behind.split(self._delimiter)
            found += whole
            self._rest = bytearray(rest)
        if len(self._rest) > self._most:
            self.cut += 1
            self._skipping = True
            found.append(bytes(self._rest[: self._most]))
            self._rest = bytearray()
        return [message for message in found if message]

    def flush(self) -> list[bytes]:
        """What waits, without its end."""
        rest, self._rest = bytes(self._rest), bytearray()
        return [rest] if rest.strip() else []

    def refuse_cut(self, records: Records) -> None:
        if self.cut:
            records.refuse(f"a message of more than {self._most} bytes was cut", self.cut)
            self.cut = 0


class Session(Lines):
    """One connection of a sender of lines, whose address is its host where it names none."""

    def __init__(self, clock: Clock, peer: str, most: int) -> None:
        super().__init__(b"\n", most)
        self._clock = clock
        self._peer = peer

    def end(self) -> list[bytes]:
        return self.flush()

    def read(self, messages: Sequence[bytes]) -> list[Arrival]:
        records = decode(messages, self._clock)
        for fields in records.fields:
            fields.host = fields.host or self._peer
        self.refuse_cut(records)
        return [Arrival(records)]


def decode(lines: Sequence[bytes], clock: Clock) -> Records:
    records = Records(fields=[])
    texts: list[bytes] = []
    for line in lines:
        line = line.rstrip(b"\r\0")
        bare = line.strip()
        if bare[:1] in (b"{", b"["):
            found = _of_values(bare, clock)
            if found is not None:
                _read_texts(texts, clock, records)
                records.fields += found
                continue
        texts.append(line)
    _read_texts(texts, clock, records)
    return records


def _of_object(line: bytes, clock: Clock) -> Fields | None:
    members = object_of_line(line)
    return None if members is None else _fields(members, line, clock)


def _fields(members: Object, line: bytes, clock: Clock) -> Fields:
    """Logstash's `type` and the head of Monolog's channel name the program, where nothing else does."""
    fields = read_members(members, clock, line.decode(errors="replace"))
    if fields.service is None:
        fields.service = _text(members, "type") or (_text(members, "channel") or "").partition(".")[0] or None
    return fields


def _text(members: Object, name: str) -> str | None:
    raw = members.get(name)
    return None if raw is None else text_of(raw)


def _of_values(line: bytes, clock: Clock) -> list[Fields] | None:
    """An object, values that are glued together, and lists; None for a line that is no such."""
    if line[:1] == b"{" and (one := _of_object(line, clock)) is not None:
        return [one]
    values, wrong = values_of(line)
    if not values or wrong:
        return None
    found: list[Fields] = []
    at = 0
    while at < len(values):
        fields = _event(values[at : at + 3], clock)
        at += 1 if fields is None else 3
        if fields is None:
            value = values[at - 1]
            fields = _of_object(value, clock) if value[:1] == b"{" else read_value(value, clock)
        if fields is not None:
            found.append(fields)
    return found


def _event(values: Sequence[bytes], clock: Clock) -> Fields | None:
    """`["tag", time, {…}]`, as Monolog's FluentdFormatter writes."""
    if len(values) < 3 or values[0][:1] != b'"' or values[2][:1] != b"{" or not values[1][:1].isdigit():
        return None
    tag = text_of(Raw(values[0])) or ""
    members = members_of(Raw(values[2]))
    if members is None:
        return None
    if not {"@timestamp", "time", "timestamp", "date", "datetime"} & members.keys():
        members = {"timestamp": Raw(values[1]), **members}
    fields = _fields(members, values[2], clock)
    first, _, rest = tag.partition(".")
    fields.service = fields.service or first or None
    fields.category = fields.category or rest or None
    fields.add("tag", tag)
    return fields


def _read_texts(texts: list[bytes], clock: Clock, records: Records) -> None:
    """Plain lines, those that belong together as one entry."""
    if not texts:
        return
    lines = joiner("auto")
    for record, _, _ in [*lines.feed(texts), *lines.flush()]:
        fields = read_line(record, clock)
        if fields is not None:
            finish(fields)
            records.fields.append(fields)
    texts.clear()
