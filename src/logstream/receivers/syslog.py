"""syslog from sockets: where messages end on a connection, and what each of them says.

Over TCP there are four framings, told apart message by message: behind a length (RFC 6587, octet counting), up to a
newline, up to a NUL (Python), and none at all (winston). Lines without a priority go on the message before them.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, bounded
from logstream.formats.levels import level_of
from logstream.formats.logfmt import Pairs, pairs_at
from logstream.formats.objects import decode_value, members_of, object_of_line, text_of
from logstream.formats.reading import read_line
from logstream.formats.syslog import read_message
from logstream.receivers.objects import finish
from logstream.receivers.request import Records
from logstream.receivers.session import Arrival

MAX_JOINED: Final = 64 * 1024
"""Bytes of lines that are put together as one message."""

SETTLE_SECONDS: Final = 0.05
"""How long a line waits for others that go on it: senders write them together."""

UNENDED_SECONDS: Final = 1.0
"""After so long a message without an end is one: some senders write none."""

_NEWLINE, _NUL, _RETURN, _LESS = 10, 0, 13, 60
_COUNT: Final = re.compile(rb"(\d{1,9}) (?=<)")
_COUNT_BEGUN: Final = re.compile(rb"\d{1,9} ?")
_PRIORITY: Final = re.compile(rb"<\d{1,3}>")
_GLUED: Final = re.compile(rb"\}(?=<\d{1,3}>(?:1 |[A-Z][a-z]{2} [ \d]\d |\d{4}-\d\d-))")
_MONOLOG: Final = re.compile(
    r"([\w.-]{1,100})\.(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): "
    r"(.*?) (\{\".*\}|\[\]) (\{\".*\}|\[\])",
    re.DOTALL,
)
_TRACES: Final = ("trace_id", "traceId", "traceID", "trace-id")


class Messages:
    """Where messages end on one connection, or in one datagram. `most`: bytes of a message; more are cut off."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rest = bytearray()
        self._need = 0
        self._skipping = False
        self._skip = 0
        self.cut = 0
        """Messages that were cut."""

    @property
    def held(self) -> int:
        return len(self._rest)

    @property
    def patience(self) -> float | None:
        if not self._rest:
            return None
        return SETTLE_SECONDS if self._rest[-1] == _NEWLINE and not self._need else UNENDED_SECONDS

    def feed(self, data: bytes) -> list[bytes]:
        if self._skipping or self._skip:
            data = self._skipped(data)
        if self._rest:
            self._rest += data
            waits = len(self._rest) < self._need if self._need else not _may_end(data)
            if waits and len(self._rest) <= self._most:
                return []
            data = bytes(self._rest)
        found, at = self._split(data)
        self._rest = bytearray(data[at:])
        if len(self._rest) > self._most:
            found.append(self._cut())
        return found

    def flush(self) -> list[bytes]:
        """What waits, without its end."""
        rest = bytes(self._rest)
        found, at = self._split(rest)
        self._rest, self._need = bytearray(), 0
        count = _COUNT.match(rest, at)
        last = rest[count.end() if count else at :].strip(b"\r\n\0")
        return [*found, last] if last else found

    def _split(self, data: bytes) -> tuple[list[bytes], int]:
        """The messages of the data, and where the first begins that may go on."""
        found: list[bytes] = []
        has_nul, has_glue = b"\0" in data, b"}<" in data
        at, end = 0, len(data)
        self._need = 0
        while at < end:
            first = data[at]
            if first in (_NEWLINE, _NUL, _RETURN):
                at += 1
                continue
            if 48 <= first <= 57:
                count = _COUNT.match(data, at)
                if count is not None:
                    stop = count.end() + int(count[1])
                    if stop > end:
                        self._need = stop - at
                        break
                    found.append(data[count.end() : stop])
                    at = stop
                    continue
                if _COUNT_BEGUN.fullmatch(data, at):
                    break
            stop = _end_of_message(data, at, end, has_nul, has_glue)
            if stop < 0:
                break
            found.append(data[at:stop])
            at = stop
        return found, at

    def _cut(self) -> bytes:
        """The start of a message that is too long; what follows of it is passed over."""
        rest = bytes(self._rest)
        self.cut += 1
        if self._need:
            self._skip = self._need - len(rest)
            count = _COUNT.match(rest)
            rest = rest[count.end() if count else 0 :]
        else:
            self._skipping = True
        self._rest, self._need = bytearray(), 0
        return rest[: self._most]

    def _skipped(self, data: bytes) -> bytes:
        if self._skip:
            passed = min(self._skip, len(data))
            self._skip -= passed
            return data[passed:]
        ends = [at for at in (data.find(b"\n"), data.find(b"\0")) if at >= 0]
        if not ends:
            return b""
        self._skipping = False
        return data[min(ends) :]


def _may_end(data: bytes) -> bool:
    return b"\n" in data or b"\0" in data or b"<" in data


def _end_of_message(data: bytes, at: int, end: int, has_nul: bool, has_glue: bool) -> int:
    """Where a message without a length ends; -1 where that is not known yet."""
    nul = data.find(b"\0", at) if has_nul else -1
    start = at
    while True:
        stop = data.find(b"\n", start)
        if nul >= 0 and (stop < 0 or nul < stop):
            stop = nul
            break
        if stop < 0 or data[at] != _LESS:
            break
        behind = stop + 1
        if stop - at > MAX_JOINED:
            break
        if behind == end:
            stop = -1
            break
        if _PRIORITY.match(data, behind) or _COUNT.match(data, behind):
            break
        start = behind
    if has_glue:
        glue = _GLUED.search(data, at, end if stop < 0 else stop)
        if glue is not None:
            return glue.end()
    return stop


def messages_of(datagram: bytes, most: int) -> list[bytes]:
    """The messages of a datagram: most often one, of one line or several."""
    if b"\n<" not in datagram and datagram[:1] == b"<":
        return [datagram]
    messages = Messages(most)
    return [*messages.feed(datagram), *messages.flush()]


class Session(Messages):
    """One connection of a syslog sender, whose address is its host where it names none."""

    def __init__(self, clock: Clock, peer: str, most: int) -> None:
        super().__init__(most)
        self._clock = clock
        self._peer = peer

    def end(self) -> list[bytes]:
        return self.flush()

    def read(self, messages: Sequence[bytes]) -> list[Arrival]:
        records = decode(messages, self._clock, self._peer)
        if self.cut:
            records.refuse(f"a message of more than {self._most} bytes was cut", self.cut)
            self.cut = 0
        return [Arrival(records)]


def decode(messages: Sequence[bytes], clock: Clock, peer: str) -> Records:
    records = Records(fields=[])
    for message in messages:
        fields = fields_of(message, clock, peer)
        if fields is not None:
            records.fields.append(fields)
    return records


def fields_of(message: bytes, clock: Clock, peer: str) -> Fields | None:
    """What a message says; None for a blank one."""
    text = message.decode(errors="replace")
    fields = read_message(text, clock)
    if not fields.context:  # no header at all, as of devices that write pairs alone
        bare = read_line(message.rstrip(b"\0\r\n"), clock)
        if bare is not None:
            bare.host = bare.host or peer
            finish(bare)
        return bare
    said = fields.message
    facility = text_of(fields.context[0][1]) if fields.context[0][0] == "facility" else None
    fields.category = facility
    if said[:1] == "{" or said[:6] == "@cee: ":
        _take_inner(fields, said.removeprefix("@cee: "), clock)
    elif "=" in said[:70] and (pairs := pairs_at(said, 0, clock, after_time=fields.timestamp is not None)) is not None:
        _take_pairs(fields, pairs)
    elif fields.timestamp is None and said:
        inner = read_line(said, clock)
        if inner is not None:
            fields.timestamp, fields.exact = inner.timestamp, inner.exact
            fields.level = fields.level or inner.level
    elif fields.level is None and said:
        inner = read_line(said, clock)
        fields.level = None if inner is None else inner.level
    if said[-1:] in ("]", "}") and (found := _MONOLOG.fullmatch(said)) is not None:
        _take_monolog(fields, found)
    if b"trace" in message:
        _take_trace(fields)
    fields.host = fields.host or peer
    finish(fields)
    return fields


def _take_inner(fields: Fields, said: str, clock: Clock) -> None:
    """JSON or pairs as the message."""
    inner = read_line(said, clock)
    if inner is None or (not inner.context and inner.message == said):
        return
    header = fields.context
    fields.message = inner.message
    fields.level = inner.level or fields.level
    if inner.timestamp is not None and (fields.timestamp is None or inner.exact or not fields.exact):
        if fields.timestamp not in (None, inner.timestamp):
            header = [*header, ("time", Raw(msgspec.json.encode(fields.timestamp)))]
        fields.timestamp, fields.exact = inner.timestamp, inner.exact
    fields.category = inner.category or fields.category
    fields.service = fields.service or inner.service
    fields.host = fields.host or inner.host
    for name in ("trace_id", "batch_id", "user_agent", "app_key", "app_id"):
        setattr(fields, name, getattr(inner, name))
    fields.context = list(inner.context)
    for name, value in header:
        fields.add_raw(name, value)


def _take_pairs(fields: Fields, pairs: Pairs) -> None:
    """`level=error msg="…"`: the message stays whole."""
    fields.level = pairs.level or fields.level
    if pairs.timestamp is not None and (fields.timestamp is None or pairs.exact):
        fields.timestamp, fields.exact = pairs.timestamp, pairs.exact
    fields.trace_id = pairs.trace_id
    fields.category = pairs.category or fields.category
    header, fields.context = fields.context, list(pairs.context)
    for name, value in header:
        fields.add_raw(name, value)


def _take_monolog(fields: Fields, found: "re.Match[str]") -> None:
    """`channel.LEVEL: text {context} [extra]`, as Monolog's LineFormatter writes."""
    channel, level, said, context, extra = found.groups()
    members = object_of_line(b"{}" if context == "[]" else context.encode(errors="replace"))
    more = object_of_line(b"{}" if extra == "[]" else extra.encode(errors="replace"))
    if members is None or more is None:
        return
    fields.message = said
    fields.category = channel
    fields.level = level_of(level) or fields.level
    header, fields.context = fields.context, []
    for part in (members, more):
        if "user_agent" in part:
            fields.user_agent = text_of(part.pop("user_agent"))
        for name, value in part.items():
            fields.add_raw(name, bounded(value))
    for name, value in header:
        fields.add_raw(name, value)


def _take_trace(fields: Fields) -> None:
    """The trace that structured data names."""
    if fields.trace_id is not None:
        return
    for _, value in fields.context:
        if b"trace" in bytes(value) and (inside := members_of(value)) is not None:
            for name in _TRACES:
                if name in inside and isinstance(found := decode_value(inside[name]), str) and found:
                    fields.trace_id = found
                    return
