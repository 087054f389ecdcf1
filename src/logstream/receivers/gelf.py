"""GELF (Graylog Extended Log Format 1.1): a JSON object a message, over HTTP one a request; glued ones are read too.

Over UDP a message may be compressed and in chunks, over TCP a NUL ends it.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Raw, Struct

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, bounded
from logstream.formats.json_times import time_of
from logstream.formats.levels import level_of
from logstream.formats.objects import Object, object_of_line, text_of
from logstream.receivers.body import BodyTooLarge, BodyUnreadable, decoded, packing_of
from logstream.receivers.exceptions import is_stack, of_stack, split_message, take_exception
from logstream.receivers.json_lines import Lines
from logstream.receivers.json_values import values_of
from logstream.receivers.request import Answer, Records, Request, always
from logstream.receivers.session import Arrival

_OWN: Final = frozenset(("version", "host", "short_message", "full_message", "timestamp", "level"))
_SERVICES: Final = ("_app", "_application", "_service", "_container_name", "facility")
_LOGGERS: Final = ("_logger", "logger", "_logger_name", "facility")
_TRACES: Final = ("_trace_id", "_traceId")
_LEVELS: Final = {0: "critical", 1: "critical", 2: "critical", 3: "error", 4: "warning", 5: "notice", 6: "info"}

accepted = always(Answer(202))


def decode(request: Request) -> Records:
    values, wrong = values_of(request.body)
    records = Records()
    for why in wrong:
        records.refuse(why)
    for value in values:
        members = object_of_line(value)
        if members is None:
            records.refuse("a message that is no object")
        else:
            records.fields.append(fields_of(members, request.clock))
    return records


def fields_of(members: Object, clock: Clock) -> Fields:
    short, full = _text(members, "short_message"), _text(members, "full_message")
    fields = Fields(short or full or _text(members, "message") or _text(members, "_message") or "")
    used = {"short_message", "version"}
    if not short and not full:
        used |= {"message", "_message"}
    fields.level = _level(members.get("level"))
    if fields.level is not None:
        used.add("level")
    if "timestamp" in members and (found := time_of(members["timestamp"], clock)) is not None:
        fields.timestamp = found[0]
        used.add("timestamp")
    fields.host = _text(members, "host")
    fields.service = next((text for name in _SERVICES if (text := _text(members, name))), None)
    for name in _LOGGERS:
        if (text := _text(members, name)) is not None:
            fields.category = text
            used.add(name)
            break
    for name in _TRACES:
        if fields.trace_id is None and (text := _text(members, name)):
            fields.trace_id = text
            used.add(name)
    if (text := _text(members, "_user_agent")) is not None:
        fields.user_agent = text
        used.add("_user_agent")
    exception = None
    if full is not None:
        if full.strip() == fields.message.strip():
            used.add("full_message")
        elif is_stack(full):
            exception = of_stack(full.removeprefix(fields.message + "\n").strip("\n"))
            used.add("full_message")
    context = [
        (name[1:] if name[:1] == "_" and len(name) > 1 else name, bounded(value))
        for name, value in members.items()
        if name not in used and bytes(value) != b"null"
    ]
    for name, value in context:
        fields.add_raw(name, value)
    if exception is not None:
        fields.add("exception", exception)
    else:
        split_message(fields)
        take_exception(fields)
    if fields.level is None:
        fields.level = "info"
    return fields


def _text(members: Object, name: str) -> str | None:
    raw = members.get(name)
    if raw is None or bytes(raw) == b"null":
        return None
    text = text_of(raw)
    return text if text is not None else bytes(raw).decode(errors="replace")


def _level(raw: Raw | None) -> str | None:
    """A syslog severity; words and numbers as texts are understood too."""
    if raw is None:
        return None
    text = text_of(raw)
    value = bytes(raw).decode(errors="replace") if text is None else text
    if value.isascii() and value.isdigit() and len(value) < 5:
        return _LEVELS.get(int(value), "debug")
    return level_of(value)


# -- datagrams and connections

CHUNKED: Final = b"\x1e\x0f"
MAX_CHUNKS: Final = 128
CHUNK_SECONDS: Final = 5.0
"""How long the chunks of a message may take."""

MAX_OPEN: Final = 1000
_HEADER: Final = 12


class Chunks:
    """Messages in chunks until they are whole: by sender and id, in bounded number and memory."""

    def __init__(self, most: int, most_open: int = MAX_OPEN) -> None:
        self._most = most
        self._most_open = most_open
        self._open: dict[tuple[str, bytes], _Open] = {}
        self.held = 0
        """Bytes that wait."""

    def add(self, datagram: bytes, sender: str, now: float) -> tuple[bytes | None, int]:
        """The message that this chunk completes, if any, and how many messages were given up or are none."""
        given_up = self.expire(now)
        number, count = datagram[10:11], datagram[11:12]
        if len(datagram) < _HEADER or not 0 < count[0] <= MAX_CHUNKS or number[0] >= count[0]:
            return None, given_up + 1
        if count[0] == 1:
            return datagram[_HEADER:], given_up
        key = sender, datagram[2:10]
        message = self._open.get(key)
        if message is None:
            message = self._open[key] = _Open(now, count[0], {})
        if message.count != count[0]:
            return None, given_up + 1
        if number[0] not in message.parts:
            message.parts[number[0]] = datagram[_HEADER:]
            self.held += len(datagram)
        if len(message.parts) == message.count:
            self._forget(key)
            return b"".join(part for _, part in sorted(message.parts.items())), given_up
        while self.held > self._most or len(self._open) > self._most_open:
            self._forget(next(iter(self._open)))
            given_up += 1
        return None, given_up

    def expire(self, now: float) -> int:
        """Give up what took too long; how many messages that are."""
        given_up = 0
        while self._open and next(iter(self._open.values())).began < now - CHUNK_SECONDS:
            self._forget(next(iter(self._open)))
            given_up += 1
        return given_up

    def _forget(self, key: tuple[str, bytes]) -> None:
        message = self._open.pop(key)
        self.held -= sum(len(part) + _HEADER for part in message.parts.values())


class _Open(Struct):
    began: float
    count: int
    parts: dict[int, bytes]


class Session(Lines):
    """One connection: messages end with a NUL and are never compressed."""

    def __init__(self, clock: Clock, peer: str, most: int) -> None:
        super().__init__(b"\0", most)
        self._clock = clock
        self._peer = peer

    def end(self) -> list[bytes]:
        return self.flush()

    def read(self, messages: Sequence[bytes]) -> list[Arrival]:
        records = decode_messages(messages, self._clock, self._peer, self._most)
        self.refuse_cut(records)
        return [Arrival(records)]


def decode_messages(messages: Sequence[bytes], clock: Clock, peer: str, most: int) -> Records:
    """What messages say, each JSON or compressed JSON; those that are neither are refused."""
    records = Records(fields=[])
    for message in messages:
        try:
            packing = packing_of(message, "")
            body = decoded(message, packing, most) if packing else message
        except (BodyTooLarge, BodyUnreadable) as error:
            records.refuse(str(error) or f"a message of more than {most} bytes when unpacked")
            continue
        found = decode(Request("", body, clock))
        for fields in found.fields:
            fields.host = fields.host or peer
        records.fields += found.fields
        for why in found.refusals:
            records.refuse(why)
    return records
