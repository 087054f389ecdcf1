"""The project's own wire format (one entry, `{logs: […]}`, a bare list, NDJSON) into a Batch.

A body is decoded once into typed structs. Only when a field has an unexpected type is it decoded again with every
field left raw, so that the one odd entry is normalised or refused and the others are kept. No more than MAX_ENTRIES are
ever made: a body that may hold more, by the braces and commas in it, has its entries counted first.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, cast

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
from logstream.entries.json_text import (
    InvalidJson,
    checked,
    compact,
    context_of,
    count_items,
    explain,
    with_member,
)
from logstream.entries.timestamps import WRITTEN_FORM, format_timestamp, is_day, parse_timestamp

MAX_ENTRIES: Final = 100_000
"""Entries one request may hold: a 4 MiB body of `{},{},…` would otherwise become 400 MB of journal."""

MAX_ERRORS: Final = 1000
"""Errors that one answer lists; the rest are counted."""

SLICE: Final = 2000
"""Entries made before the event loop gets its turn again, some 5 ms."""

APP_REQUIRED: Final = "app_key and app_id are required"


class TooManyEntries(ValueError):
    """More than MAX_ENTRIES in one request."""


class Uncounted(Exception):
    """There may be more than MAX_ENTRIES: ask `check_count`, which takes its time, and say that they are counted."""


class AppRequired(ValueError):
    """Neither the request nor any entry names app_key and app_id."""


class EntryError(ValueError):
    """Why one entry can't be stored."""


NOT_AN_OBJECT: Final = EntryError("not an object")


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
    """An entry whose timestamp can't be a time: a boolean, a list, an object, an infinite number."""

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


_SPACE: Final = b" \t\r\n"
_LINE: Final = re.compile(rb"[^ \t\r\n][^\n]*")
"""A line that is not blank, from where it begins."""

_decode_body: Final = msgspec.json.Decoder(IncomingBody).decode
_decode_list: Final = msgspec.json.Decoder(list[Incoming]).decode
_decode_lines: Final = msgspec.json.Decoder(Incoming).decode_lines
_decode_raw_body: Final = msgspec.json.Decoder(RawBody).decode
_decode_raw_entry: Final = msgspec.json.Decoder(RawIncoming).decode
_decode_raws: Final = msgspec.json.Decoder(list[Raw]).decode
_decode_raw: Final = msgspec.json.Decoder(Raw).decode


class Received:
    """Entries made from one request, in order, still without ids, and why others were refused."""

    def __init__(
        self,
        entries: Sequence[Incoming | EntryError] | Sequence[Raw | bytes],
        origin: Origin,
        batch_id: str | None = None,
        agent: str | None = None,
        *,
        raw: bool = False,
    ) -> None:
        if len(entries) > MAX_ENTRIES:
            raise _too_many(len(entries))
        self._incoming = entries
        self.count = len(entries)
        """How many were sent, good or not."""
        self._raw = raw
        self._origin = origin
        self._batch_id = batch_id
        self._agent = origin.user_agent or agent
        self._named = False
        self._refused = 0
        self.entries: list[LogEntry] = []
        self.errors: list[str] = []

    def make(self, received_at: str) -> Iterator[None]:
        """Make the entries, yielding after every SLICE. Raises AppRequired at the end."""
        self._named = bool((self._origin.client or self._origin.app_key) and self._origin.app_id)
        for start in range(0, len(self._incoming), SLICE):
            if start:
                yield
            self._make_slice(start, received_at)
        self._incoming = ()  # a request of many entries takes a good part of its memory for them
        if not self._named:
            raise AppRequired(APP_REQUIRED)
        if self._refused > MAX_ERRORS:
            self.errors.append(f"{self._refused - MAX_ERRORS} more entries were refused")
        elif not self.count:
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
        incoming: Sequence[object] = self._incoming[start : start + SLICE]
        if self._raw:
            incoming = [_entry_of_json(bytes(cast(Raw, raw))) for raw in incoming]
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


def receive(body: bytes, origin: Origin, *, lines: bool = False, counted: bool = False) -> Received:
    """Decode a request body; `lines` says that it is NDJSON, `counted` that `check_count` has let it pass.

    Raises InvalidJson when it is not JSON, TooManyEntries when it holds more than MAX_ENTRIES, and Uncounted.
    """
    many = len(body) > 2 * MAX_ENTRIES and body.count(b"{") > MAX_ENTRIES
    if many and not (counted or lines):
        raise Uncounted
    body = checked(body)
    try:
        return _receive_lines(body, origin, many) if lines else _receive_document(body, origin, many, counted)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidJson(explain(error)) from None


def check_count(body: bytes) -> None:
    """Count the entries of a body that is no NDJSON, without making any. Not on the event loop: see `count_items`.

    Raises TooManyEntries. What is no JSON passes: `receive` will say so.
    """
    items = body.lstrip(_SPACE)
    if items[:1] == b"{":
        try:
            items = bytes(_decode_raw_body(body).logs)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
    if items[:1] == b"[" and (count := count_items(items)) > MAX_ENTRIES:
        raise _too_many(count)


def _too_many(count: int) -> TooManyEntries:
    return TooManyEntries(f"{count} entries; at most {MAX_ENTRIES} are taken in one request")


def _receive_document(body: bytes, origin: Origin, many: bool, counted: bool) -> Received:
    start = body.lstrip(_SPACE)[:1]
    if many:
        return _receive_odd(body, start, origin, counted)
    try:
        if start == b"[":
            return Received(_decode_list(body), origin)
        frame = _decode_body(body)
    except msgspec.ValidationError:
        return _receive_odd(body, start, origin, counted)
    if isinstance(frame.logs, UnsetType):
        return Received([frame], origin)
    framed = _framed(origin, frame.app_key, frame.app_id)
    return Received(frame.logs, framed, frame.batch_id or None, frame.user_agent)


def _framed(origin: Origin, app_key: str | None, app_id: str | None) -> Origin:
    return Origin(app_key or origin.app_key, app_id or origin.app_id, origin.user_agent, origin.client)


def _receive_odd(body: bytes, start: bytes, origin: Origin, counted: bool) -> Received:
    """A body in which some field has an unexpected type, or with more braces than there may be entries."""
    if start == b"[":
        return Received(_raws(body, counted), origin, raw=True)
    if start != b"{":
        _decode_raw(body)  # raises where it is not JSON at all
        raise InvalidJson("the body is neither an object nor a list")
    frame = _decode_raw_body(body)
    logs = bytes(frame.logs)
    if logs[:1] != b"[":
        return Received([incoming_of(frame)], origin)
    request = RawIncoming(
        app_key=frame.app_key, app_id=frame.app_id, batch_id=frame.batch_id, user_agent=frame.user_agent
    )
    entries = _raws(logs, counted)
    common = incoming_of(request)
    if isinstance(common, EntryError):
        return Received([common for _ in entries], origin)
    framed = _framed(origin, common.app_key, common.app_id)
    return Received(entries, framed, common.batch_id or None, common.user_agent, raw=True)


def _raws(items: bytes, counted: bool) -> list[Raw]:
    if not counted and items.count(b",") >= MAX_ENTRIES:
        raise Uncounted
    return _decode_raws(items)


def _receive_lines(body: bytes, origin: Origin, many: bool) -> Received:
    if not many:
        try:
            return Received(_decode_lines(body), origin)
        except (msgspec.DecodeError, RecursionError):
            pass
    found = (match[0] for match in _LINE.finditer(body))
    return Received(list(islice(found, MAX_ENTRIES + 1)), origin, raw=True)


def _entry_of_json(raw: bytes) -> Incoming | EntryError:
    try:
        return incoming_of(_decode_raw_entry(raw))
    except msgspec.ValidationError:
        return NOT_AN_OBJECT
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
