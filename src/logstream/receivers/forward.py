"""Fluentd's forward protocol, version 1 (docs.fluentd.org, "Forward Protocol Specification v1"): msgpack over TCP.

A message has events in one of four modes: one event, a list, packed, packed and compressed. One with a `chunk` is
acknowledged by that name, once what it says is durable.
"""

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import zstandard

from logstream.entries.json_text import explain
from logstream.entries.timestamps import format_timestamp
from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.objects import Object
from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded, packing_of
from logstream.receivers.msgpack import Extension, MsgpackError, decode_each, decode_one, plain, walk
from logstream.receivers.objects import read_members
from logstream.receivers.request import Records
from logstream.receivers.session import Arrival, Broken

PATIENCE: Final = 60.0
"""Seconds in which a message that has begun must go on."""

MAX_VALUES: Final = 4_000_000
"""Values that one message may hold."""

MAX_KEY: Final = 200
_FAULTS: Final = (ValueError, RecursionError, IndexError, zlib.error, zstandard.ZstdError)
_pack: Final = msgspec.msgpack.encode


class Ping(msgspec.Struct, frozen=True):
    """How a sender answers the greeting: digests (SHA-512, hexadecimal) over what it knows."""

    hostname: bytes
    salt: bytes
    digest: bytes
    user: bytes
    password_digest: bytes


class Handshake:
    """The greeting of one connection and what must come back: `key` is the key that both sides know."""

    def __init__(self, key: bytes, hostname: str, auth: bytes = b"") -> None:
        self._key = key
        self._hostname = hostname.encode()
        self._nonce = secrets.token_bytes(16)
        self._auth = auth

    @property
    def greeting(self) -> bytes:
        """HELO; `auth` is the salt of a password, empty where there are no users."""
        return _pack(["HELO", {"nonce": self._nonce, "auth": self._auth, "keepalive": True}])

    def knows_key(self, ping: Ping) -> bool:
        return hmac.compare_digest(self._digest(ping, ping.hostname), ping.digest)

    def answer(self, ping: Ping, refusal: str = "") -> bytes:
        """PONG, with the proof that this side knows the key too, or with why the sender may not go on."""
        hostname, digest = (
            ("", "") if refusal else (self._hostname.decode(), self._digest(ping, self._hostname).decode())
        )
        return _pack(["PONG", not refusal, refusal, hostname, digest])

    def _digest(self, ping: Ping, hostname: bytes) -> bytes:
        return hashlib.sha512(ping.salt + hostname + self._nonce + self._key).hexdigest().encode()


def ping_of(message: bytes) -> Ping | None:
    """A message as the answer to a greeting; None when it is none."""
    if b"PING" not in message[:8]:
        return None
    try:
        value = decode_one(message)
    except _FAULTS:
        return None
    if not isinstance(value, list) or len(value) < 6 or value[0] not in ("PING", b"PING"):
        return None
    return Ping(*(part if isinstance(part, bytes) else str(part).encode(errors="replace") for part in value[1:6]))


class Session:
    """One connection. `most`: bytes of a message, as sent and as unpacked."""

    def __init__(self, clock: Clock, peer: str, most: int) -> None:
        self._clock = clock
        self._peer = peer
        self._most = most
        self._rest = bytearray()
        self._at, self._missing = 0, 1
        self._fault: Broken | None = None

    @property
    def held(self) -> int:
        return len(self._rest)

    @property
    def patience(self) -> float | None:
        if self._fault is not None:
            return 0.0
        return PATIENCE if self._rest else None

    def feed(self, data: bytes) -> list[bytes]:
        if self._fault is not None:
            raise self._fault
        rest = self._rest
        rest += data
        found: list[bytes] = []
        start, at, missing = 0, self._at, self._missing
        while True:
            try:
                at, missing = walk(rest, at, missing, MAX_VALUES)
            except MsgpackError as error:
                return self._broken(f"not msgpack: {error}", found)
            if max(at, len(rest)) - start > self._most and (missing or at - start > self._most):
                return self._broken(f"a message of more than {self._most} bytes", found)
            if missing or at > len(rest):
                break
            found.append(bytes(rest[start:at]))
            start, missing = at, 1
            if at == len(rest):
                break
        del rest[:start]
        self._at, self._missing = at - start, missing
        return found

    def _broken(self, why: str, found: list[bytes]) -> list[bytes]:
        """What came before is kept; without it, the end is now."""
        self._fault = Broken(why)
        self._rest = bytearray()
        if not found:
            raise self._fault
        return found

    def flush(self) -> list[bytes]:
        if self._fault is not None:
            raise self._fault
        raise Broken("a message that did not go on")

    def end(self) -> list[bytes]:
        """What is not whole is sent again by senders that want acknowledgements."""
        if self._fault is not None:
            raise self._fault
        if self._rest:
            raise Broken("the connection ended inside a message")
        return []

    def read(self, messages: Sequence[bytes]) -> list[Arrival]:
        """Those without a chunk are stored together, each other one by itself."""
        arrivals: list[Arrival] = []
        for message in messages:
            records, chunk = decode(message, self._clock, self._most)
            for fields in records.fields:
                fields.host = fields.host or self._peer
            if chunk is None and arrivals and not arrivals[-1].reply:
                last = arrivals[-1].records
                last.fields += records.fields
                for why in records.refusals:
                    last.refuse(why)
                continue
            key = "" if chunk is None else f"chunk:{_text(chunk)}"
            reply = b"" if chunk is None else _pack({"ack": chunk})
            arrivals.append(Arrival(records, key if len(key) <= MAX_KEY else "", reply))
        return arrivals


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def decode(message: bytes, clock: Clock, most: int) -> tuple[Records, Any]:
    """What a message says, and its chunk; None where it has none."""
    records = Records(fields=[])
    chunk: Any = None
    try:
        value = decode_one(message)
        if value is None:
            return records, None  # a heartbeat
        if not isinstance(value, list) or len(value) < 2:
            raise MsgpackError("a message that is no list of a tag and events")
        tag = _tag(value[0])
        events = value[1]
        many = isinstance(events, list | bytes | str)
        behind = value[2:3] if many else value[3:4]
        options = behind[0] if behind and isinstance(behind[0], dict) else {}
        chunk = options.get("chunk", options.get(b"chunk"))
        if isinstance(events, bytes | str):
            events = _unpacked(events, options, most)
        pairs = events if many else [value[1:3]]
        for pair in pairs:
            fields = _of_event(pair, tag, clock)
            if fields is None:
                records.refuse("an event that is no object")
            else:
                records.fields.append(fields)
    except BodyTooLarge:
        records.refuse(f"events of more than {most} bytes when unpacked")
    except (*_FAULTS, BodyUnreadable, UnknownEncoding) as error:
        records.refuse(explain(error))
    return records, chunk


def _tag(value: Any) -> str:
    return str(plain(value)) if value is not None else ""


def _unpacked(events: bytes | str, options: dict[Any, Any], most: int) -> list[Any]:
    data = events if isinstance(events, bytes) else events.encode("utf-8", "surrogatepass")
    packing = packing_of(data, _text(options.get("compressed", "")))
    if packing in ("gzip", "zstd"):
        data = decoded(data, packing, most)
    return decode_each(data)


def _of_event(pair: Any, tag: str, clock: Clock) -> Fields | None:
    """`[time, record]`; Fluent Bit's `[[time, metadata], record]`."""
    if not isinstance(pair, list) or len(pair) < 2 or not isinstance(pair[1], dict):
        return None
    when, record = pair[0], pair[1]
    time, metadata = (*when, None, None)[:2] if isinstance(when, list) else (when, None)
    value = encode(plain(record))
    members: Object = msgspec.json.decode(value, type=Object)
    fields = read_members(members, clock, value.decode())
    if isinstance(metadata, dict) and metadata:
        fields.add("metadata", plain(metadata))
    _take_time(fields, time)
    first, _, rest = tag.partition(".")
    fields.service = fields.service or first or None
    if tag:
        fields.category = fields.category or rest or None
        fields.add("tag", tag)
    return fields


def _take_time(fields: Fields, time: Any) -> None:
    """The time of the event, unless the record says the same second more exactly."""
    if isinstance(time, Extension):
        if time.code != 0 or len(time.data) != 8:
            return
        seconds, micros = int.from_bytes(time.data[:4], "big"), int.from_bytes(time.data[4:], "big") // 1000
    elif isinstance(time, int | float) and not isinstance(time, bool):
        seconds, micros = int(time), int(time % 1 * 1_000_000)
    else:
        return
    if not seconds or seconds < 0 or micros > 999_999:
        return
    try:
        moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None, microsecond=micros)
    except (ValueError, OverflowError, OSError):
        return
    stamp = format_timestamp(moment)
    if fields.timestamp is not None and fields.timestamp[:19] == stamp[:19] and not micros:
        return
    if fields.timestamp not in (None, stamp):
        fields.add("time", fields.timestamp)
    fields.timestamp, fields.exact = stamp, True
