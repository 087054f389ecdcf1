"""The project's own wire format (one entry, `{logs: […]}`, a bare list, NDJSON) into a Batch.

A body is decoded once into typed structs. Only when a field has an unexpected type is it decoded again with every
field left raw, so that the one odd entry is normalised or refused and the others are kept.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from logstream.entries.entry import (
    LEVEL_ALIASES,
    MAX_APP,
    MAX_BATCH_ID,
    MAX_CATEGORY,
    MAX_TRACE_ID,
    MAX_USER_AGENT,
    NULL,
    LogEntry,
)
from logstream.entries.ids import new_trace_id
from logstream.entries.json_text import InvalidJson, checked, compact, context_of, explain, with_member
from logstream.entries.timestamps import WRITTEN_FORM, format_timestamp, is_day, parse_timestamp

MAX_ENTRIES: Final = 100_000
"""Entries one request may hold: a 4 MiB body of `{},{},…` would otherwise become 400 MB of journal."""

MAX_DAYS: Final = 366
"""Days the entries of one request may belong to: each is a file that is opened, written and flushed for it."""

MAX_ERRORS: Final = 1000
"""Errors that one answer lists; the rest are counted."""

SLICE: Final = 2000
"""Entries made before the event loop gets its turn again, some 5 ms."""

APP_REQUIRED: Final = "app_key and app_id are required"


class TooManyEntries(ValueError):
    """More than MAX_ENTRIES in one request."""


class TooManyDays(ValueError):
    """The entries of one request belong to more than MAX_DAYS days."""


class AppRequired(ValueError):
    """Neither the request nor any entry names app_key and app_id."""


class EntryError(ValueError):
    """Why one entry can't be stored."""


class Origin(Struct, frozen=True):
    """What a request says about all of its entries, from outside the body."""

    app_key: str | None = None
    app_id: str | None = None
    user_agent: str | None = None
    client: str | None = None
    """The app_key of a registered client, which replaces whatever the request says."""


class Incoming(Struct, gc=False):
    """An entry as sent, every field of an expected type."""

    trace_id: str | None = None
    batch_id: str | None = None
    app_key: str | None = None
    app_id: str | None = None
    user_agent: str | None = None
    level: str | int | None = None
    category: str | None = None
    message: str | None = None
    context: Raw = NULL
    timestamp: str | int | float | None = None


class UntimedIncoming(Incoming, gc=False):
    """An entry whose timestamp can be no time at all: a boolean, a list, an object, an infinite number."""

    given_timestamp: Raw = NULL


class IncomingBody(Incoming, gc=False):
    """A body that is an object: one entry, or the frame around `logs`."""

    logs: list[Incoming] | UnsetType = UNSET


class RawIncoming(Struct, gc=False):
    """An entry as sent, every field still JSON text."""

    trace_id: Raw = NULL
    batch_id: Raw = NULL
    app_key: Raw = NULL
    app_id: Raw = NULL
    user_agent: Raw = NULL
    level: Raw = NULL
    category: Raw = NULL
    message: Raw = NULL
    context: Raw = NULL
    timestamp: Raw = NULL


class RawBody(RawIncoming, gc=False):
    logs: Raw = NULL


_decode_body: Final = msgspec.json.Decoder(IncomingBody).decode
_decode_list: Final = msgspec.json.Decoder(list[Incoming]).decode
_decode_lines: Final = msgspec.json.Decoder(Incoming).decode_lines
_decode_raw_body: Final = msgspec.json.Decoder(RawBody).decode
_decode_raw_entry: Final = msgspec.json.Decoder(RawIncoming).decode
_decode_raws: Final = msgspec.json.Decoder(list[Raw]).decode
_decode_raw: Final = msgspec.json.Decoder(Raw).decode


class Received:
    """Entries made from one request, in order, still without ids, and why others were refused."""

    def __init__(self, entries: list[Incoming | EntryError], origin: Origin, batch_id: str | None, agent: str | None):
        if len(entries) > MAX_ENTRIES:
            raise TooManyEntries(f"{len(entries)} entries; at most {MAX_ENTRIES} are taken in one request")
        self._incoming = entries
        self._origin = origin
        self._batch_id = batch_id
        self._agent = origin.user_agent or agent
        self._named = False
        self._refused = 0
        self.entries: list[LogEntry] = []
        self.errors: list[str] = []

    def make(self, received_at: str) -> Iterator[None]:
        """Make the entries, yielding after every SLICE. Raises AppRequired or TooManyDays at the end."""
        self._named = bool((self._origin.client or self._origin.app_key) and self._origin.app_id)
        for start in range(0, len(self._incoming), SLICE):
            if start:
                yield
            self._make_slice(start, received_at)
        if not self._named:
            raise AppRequired(APP_REQUIRED)
        if len(self.entries) > MAX_DAYS and (days := len({entry.timestamp[:10] for entry in self.entries})) > MAX_DAYS:
            raise TooManyDays(f"entries of {days} days; at most {MAX_DAYS} are taken in one request")
        if self._refused > MAX_ERRORS:
            self.errors.append(f"{self._refused - MAX_ERRORS} more entries were refused")
        elif not self._incoming:
            self.errors.append("No entries")

    def _refuse(self, index: int, why: str) -> None:
        self._refused += 1
        if self._refused <= MAX_ERRORS:
            self.errors.append(f"Entry #{index}: {why}")

    def _make_slice(self, start: int, received_at: str) -> None:
        # The hot path, some 1.5 us an entry: local names, no call for what is already in its written form.
        origin_key, origin_id, batch_id, agent = self._origin.app_key, self._origin.app_id, self._batch_id, self._agent
        client = self._origin.client
        append = self.entries.append
        aliases = LEVEL_ALIASES
        written = WRITTEN_FORM.fullmatch
        incoming = self._incoming[start : start + SLICE]
        for index, entry in enumerate(incoming):
            if type(entry) is EntryError:
                self._refuse(start + index, str(entry))
                continue
            assert isinstance(entry, Incoming)
            app_key = client or entry.app_key or origin_key
            app_id = entry.app_id or origin_id
            if not app_key or not app_id:
                self._refuse(start + index, APP_REQUIRED)
                continue
            self._named = True
            trace_id = entry.trace_id or new_trace_id()
            batch = entry.batch_id or batch_id
            if (
                len(app_key) > MAX_APP
                or len(app_id) > MAX_APP
                or len(trace_id) > MAX_TRACE_ID
                or (batch is not None and len(batch) > MAX_BATCH_ID)
            ):
                self._refuse(start + index, _too_long(app_key, app_id, trace_id, batch))
                continue
            user_agent = entry.user_agent or agent
            if user_agent is not None and len(user_agent) > MAX_USER_AGENT:
                user_agent = user_agent[:MAX_USER_AGENT]
            level = entry.level
            category = entry.category or "general"
            if len(category) > MAX_CATEGORY:
                category = category[:MAX_CATEGORY]
            context = entry.context
            if context is not NULL:
                context = context_of(context)
            timestamp = entry.timestamp
            if timestamp is None or timestamp == "":
                stamp = received_at
                if isinstance(entry, UntimedIncoming):
                    context = with_member(context, "_timestamp", compact(bytes(entry.given_timestamp)))
            elif type(timestamp) is str and written(timestamp) and is_day(timestamp[:10]):
                stamp = timestamp
            else:
                moment = parse_timestamp(timestamp)
                if moment is None:
                    stamp = received_at
                    context = with_member(context, "_timestamp", msgspec.json.encode(timestamp))
                else:
                    stamp = format_timestamp(moment)
            append(
                LogEntry(
                    "",
                    trace_id,
                    batch,
                    app_key,
                    app_id,
                    user_agent,
                    (aliases.get(level) if type(level) is str else None) or level_of(level),
                    category,
                    entry.message or "",
                    context,
                    stamp,
                    "",
                )
            )


def level_of(value: object) -> str:
    """The level that a client's word or syslog number means; `info` for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return "info"
    return LEVEL_ALIASES.get(str(value).strip().lower(), "info")


def _too_long(app_key: str, app_id: str, trace_id: str, batch_id: str | None) -> str:
    for name, value, most in (
        ("app_key", app_key, MAX_APP),
        ("app_id", app_id, MAX_APP),
        ("trace_id", trace_id, MAX_TRACE_ID),
        ("batch_id", batch_id or "", MAX_BATCH_ID),
    ):
        if len(value) > most:
            return f"{name} has {len(value)} characters; at most {most} are allowed"
    raise AssertionError("called for a value that is too long")


def receive(body: bytes, origin: Origin, *, lines: bool = False) -> Received:
    """Decode a request body; `lines` says that it is NDJSON.

    Raises InvalidJson when it is no JSON and TooManyEntries when it holds more than MAX_ENTRIES.
    """
    body = checked(body)
    try:
        return _receive_lines(body, origin) if lines else _receive_document(body, origin)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidJson(explain(error)) from None


def _receive_document(body: bytes, origin: Origin) -> Received:
    start = body.lstrip(b" \t\r\n")[:1]
    try:
        if start == b"[":
            return Received(list(_decode_list(body)), origin, None, None)
        frame = _decode_body(body)
    except msgspec.ValidationError:
        return _receive_odd(body, start, origin)
    if isinstance(frame.logs, UnsetType):
        return Received([frame], origin, None, None)
    entries: list[Incoming | EntryError] = list(frame.logs)
    return Received(entries, _framed(origin, frame.app_key, frame.app_id), frame.batch_id or None, frame.user_agent)


def _framed(origin: Origin, app_key: str | None, app_id: str | None) -> Origin:
    return Origin(app_key or origin.app_key, app_id or origin.app_id, origin.user_agent, origin.client)


def _receive_odd(body: bytes, start: bytes, origin: Origin) -> Received:
    """A body in which some field has an unexpected type."""
    if start == b"[":
        return Received(_each(_decode_raws(body)), origin, None, None)
    if start != b"{":
        _decode_raw(body)  # raises where it is no JSON at all
        raise InvalidJson("the body is neither an object nor a list")
    frame = _decode_raw_body(body)
    logs = bytes(frame.logs)
    if logs[:1] != b"[":
        return Received([incoming_of(frame)], origin, None, None)
    request = RawIncoming(
        app_key=frame.app_key, app_id=frame.app_id, batch_id=frame.batch_id, user_agent=frame.user_agent
    )
    entries = _each(_decode_raws(logs))
    common = incoming_of(request)
    if isinstance(common, EntryError):
        return Received([common for _ in entries], origin, None, None)
    return Received(entries, _framed(origin, common.app_key, common.app_id), common.batch_id or None, common.user_agent)


def _receive_lines(body: bytes, origin: Origin) -> Received:
    try:
        return Received(list(_decode_lines(body)), origin, None, None)
    except (msgspec.DecodeError, RecursionError):
        entries: list[Incoming | EntryError] = []
        for line in body.split(b"\n"):
            if line.strip():
                entries.append(_entry_of_json(line))
                if len(entries) > MAX_ENTRIES:
                    break
        return Received(entries, origin, None, None)


def _each(raws: list[Raw]) -> list[Incoming | EntryError]:
    if len(raws) > MAX_ENTRIES:
        raise TooManyEntries(f"{len(raws)} entries; at most {MAX_ENTRIES} are taken in one request")
    return [_entry_of_json(bytes(raw)) for raw in raws]


def _entry_of_json(raw: bytes) -> Incoming | EntryError:
    try:
        return incoming_of(_decode_raw_entry(raw))
    except msgspec.ValidationError:
        return EntryError("not an object")
    except (msgspec.DecodeError, RecursionError) as error:
        return EntryError(f"invalid JSON: {explain(error)}")


def incoming_of(raw: RawIncoming) -> Incoming | EntryError:
    try:
        entry = Incoming(
            _text(raw.trace_id, "trace_id"),
            _text(raw.batch_id, "batch_id"),
            _text(raw.app_key, "app_key"),
            _text(raw.app_id, "app_id"),
            _text(raw.user_agent, "user_agent"),
            _scalar(raw.level),
            _text(raw.category, "category"),
            message_of(raw.message),
            raw.context,
            _scalar(raw.timestamp),
        )
        if not isinstance(entry.timestamp, bool):
            return entry
        entry.timestamp = None
        return UntimedIncoming(**msgspec.structs.asdict(entry), given_timestamp=raw.timestamp)
    except EntryError as error:
        return error


def _text(raw: Raw, name: str) -> str | None:
    value = _scalar(raw)
    if value is None or isinstance(value, str):
        return value
    raise EntryError(f"{name} is not a string")


def _scalar(raw: Raw) -> Any:
    """The value of a string, number, boolean or null; lists, objects and numbers out of range are False."""
    if bytes(raw)[:1] in (b"{", b"["):
        return False
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return False


def message_of(raw: Raw) -> str:
    """The message: a string itself, null as empty, anything else as its JSON text."""
    value = bytes(raw)
    if value == b"null":
        return ""
    if value[:1] == b'"':
        return str(msgspec.json.decode(value))
    return compact(value).decode()
