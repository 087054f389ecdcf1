"""The project's own wire format (one entry, `{logs: […]}`, a bare list, NDJSON) into what `making` makes entries of.

A body is decoded once into typed structs. Only when something in it is odd, a field of an unexpected type or a member
that no entry has, is it split into the JSON of its entries, which `odd_entries` reads one by one. No more than
MAX_ENTRIES are ever made: a body that may hold more, by the braces and commas in it, has its entries counted first.
"""

import re
from itertools import islice
from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from logstream.entries.entry import MAX_BATCH_ID, MAX_USER_AGENT, NULL
from logstream.entries.json_text import InvalidJson, checked, compact, count_items, explain
from logstream.formats.objects import Object, has_constants, object_of_line
from logstream.receivers.incoming import Fitting, Origin, scalar
from logstream.receivers.making import MAX_ENTRIES, Received, too_many
from logstream.receivers.odd_entries import BOM, mark_constants, text_or_number


class Unprepared(Exception):
    """The body must go through `prepare`, which takes its time, first: it may hold more than MAX_ENTRIES, or NaN."""


class Body(Fitting, gc=False, forbid_unknown_fields=True):
    """A body that is an object: one entry, or the frame around `logs`."""

    logs: list[Fitting] | UnsetType = UNSET


class RawLogs(msgspec.Struct, gc=False):
    """The part of a frame that is counted."""

    logs: Raw = NULL


MOST_KEPT: Final = 300
"""Bytes of an odd batch id of a request that go to the context of each of its entries."""

_SPACE: Final = b" \t\r\n"
_LINE: Final = re.compile(rb"[^ \t\r\n][^\n]*")
"""A line that is not blank, from where it begins."""

_FRAME: Final = frozenset(("app_key", "app_id", "batch_id", "user_agent", "logs"))

_decode_body: Final = msgspec.json.Decoder(Body).decode
_decode_list: Final = msgspec.json.Decoder(list[Fitting]).decode
_decode_lines: Final = msgspec.json.Decoder(Fitting).decode_lines
_decode_logs: Final = msgspec.json.Decoder(RawLogs).decode
_decode_members: Final = msgspec.json.Decoder(Object).decode
_decode_raws: Final = msgspec.json.Decoder(list[Raw]).decode
_decode_raw: Final = msgspec.json.Decoder(Raw).decode


def receive(body: bytes, origin: Origin, *, lines: bool = False, prepared: bool = False) -> Received:
    """Decode a request body; `lines` says that it is NDJSON, `prepared` that it comes from `prepare`.

    Raises InvalidJson when it is not JSON, TooManyEntries when it holds more than MAX_ENTRIES, and Unprepared.
    """
    many = len(body) > 2 * MAX_ENTRIES and body.count(b"{") > MAX_ENTRIES
    if many and not (prepared or lines):
        raise Unprepared
    body = checked(body.removeprefix(BOM))
    if lines:
        return _receive_lines(body, origin, many)
    try:
        return _receive_document(body, origin, many, prepared)
    except (msgspec.DecodeError, RecursionError) as error:
        if _looks_like_lines(body):
            return _receive_lines(body, origin, many)
        if has_constants(body) and not prepared:
            raise Unprepared from None
        raise InvalidJson(explain(error)) from None


def prepare(body: bytes) -> bytes:
    """Count the entries of a body that is no NDJSON, and mark its NaN. Not on the event loop: some 0.1 us a byte.

    Raises TooManyEntries. What is no JSON for another reason passes: `receive` will say so.
    """
    body = body.removeprefix(BOM)
    if has_constants(body) and not _looks_like_lines(body):
        try:
            _decode_raw(body)
        except (msgspec.DecodeError, RecursionError):
            body = mark_constants(body)
    items = body.lstrip(_SPACE)
    if items[:1] == b"{":
        try:
            items = bytes(_decode_logs(items).logs)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return body
    if items[:1] == b"[" and (count := count_items(items)) > MAX_ENTRIES:
        raise too_many(count)
    return body


def _receive_document(body: bytes, origin: Origin, many: bool, prepared: bool) -> Received:
    if many or prepared:
        return _receive_odd(body, origin, prepared)
    try:
        if body.lstrip(_SPACE)[:1] == b"[":
            return Received(_decode_list(body), origin)
        frame = _decode_body(body)
    except msgspec.ValidationError:
        return _receive_odd(body, origin, prepared)
    if isinstance(frame.logs, UnsetType):
        return Received([_entry_of(frame)], origin)
    if not _is_plain(frame):
        return _receive_odd(body, origin, prepared)
    framed = _framed(origin, frame.app_key, frame.app_id)
    return Received(frame.logs, framed, frame.batch_id or None, frame.user_agent)


def _entry_of(body: Body) -> Fitting:
    """The one entry that a body without a frame is."""
    values = msgspec.structs.astuple(body)
    return Fitting(*values[: len(Fitting.__struct_fields__)])


def _is_plain(frame: Body) -> bool:
    """Whether a frame says nothing that only an entry can."""
    said = (frame.trace_id, frame.level, frame.category, frame.message, frame.timestamp)
    return said == (None,) * len(said) and frame.context is NULL


def _framed(origin: Origin, app_key: str | None, app_id: str | None) -> Origin:
    return Origin(app_key or origin.app_key, app_id or origin.app_id, origin.user_agent, origin.client)


def _receive_odd(body: bytes, origin: Origin, prepared: bool) -> Received:
    """A body in which something is odd, or with more braces than there may be entries."""
    start = body.lstrip(_SPACE)[:1]
    if start == b"[":
        return Received(_raws(body, prepared), origin, raw=True, marked=prepared)
    if start != b"{":
        _decode_raw(body)  # raises where it is not JSON at all
        raise InvalidJson("the body is neither an object nor a list")
    logs = bytes(_decode_logs(body).logs)
    if logs[:1] != b"[":
        return Received([body], origin, raw=True, marked=prepared)
    return _receive_frame(_decode_members(body), _raws(logs, prepared), origin, prepared)


def _receive_frame(members: Object, entries: list[Raw], origin: Origin, prepared: bool) -> Received:
    """What a frame says of all of its entries; what it can't say is told."""
    warnings: list[str] = []
    named: dict[str, str | None] = {}
    for name in ("app_key", "app_id", "user_agent"):
        value = text_or_number(members.get(name, NULL))
        if isinstance(value, bool):
            warnings.append(f"Request: {name} is not a string: left out")
            value = None
        named[name] = value
    raw = members.get("batch_id", NULL)
    batch_id, odd_batch = scalar(raw), b""
    if batch_id is not None and (not isinstance(batch_id, str) or len(batch_id) > MAX_BATCH_ID):
        odd_batch = compact(bytes(raw))
        if len(odd_batch) > MOST_KEPT:
            odd_batch = msgspec.json.encode(bytes(raw).decode()[:MOST_KEPT])
        warnings.append("Request: batch_id is no text of at most 36 characters: moved to context._batch_id")
        batch_id = None
    others = [name for name in members if name not in _FRAME and bytes(members[name]) != b"null"]
    if others:
        warnings.append(f"Request: {', '.join(others[:10])[:500]} beside logs: left out, entries say that")
    return Received(
        entries,
        _framed(origin, named["app_key"], named["app_id"]),
        batch_id or None,
        (named["user_agent"] or "")[:MAX_USER_AGENT],
        raw=True,
        marked=prepared,
        odd_batch=odd_batch,
        warnings=warnings,
    )


def _raws(items: bytes, prepared: bool) -> list[Raw]:
    if not prepared and items.count(b",") >= MAX_ENTRIES:
        raise Unprepared
    return _decode_raws(items)


def _looks_like_lines(body: bytes) -> bool:
    """Whether a body that is no JSON is NDJSON: its first line is an object, and another follows."""
    first = _LINE.search(body)
    if first is None or _LINE.search(body, first.end()) is None:
        return False
    return object_of_line(first[0]) is not None


def _receive_lines(body: bytes, origin: Origin, many: bool) -> Received:
    if not many:
        try:
            return Received(_decode_lines(body), origin)
        except (msgspec.DecodeError, RecursionError):
            pass
        if b"\n" not in body.strip() or body.lstrip(_SPACE)[:1] == b"[":
            try:
                return _receive_document(body, origin, many, prepared=True)
            except (InvalidJson, msgspec.DecodeError, RecursionError):
                pass
    found = (match[0] for match in _LINE.finditer(body))
    return Received(list(islice(found, MAX_ENTRIES + 1)), origin, raw=True)
