"""An entry as a sender sent it, before limits are applied: what all receivers make and `making` makes entries of."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from logstream.entries.entry import MAX_APP, MAX_BATCH_ID, MAX_CATEGORY, MAX_TRACE_ID, MAX_USER_AGENT, NULL
from logstream.entries.json_text import compact


class EntryError(ValueError):
    """Why one entry can't be stored."""


class Origin(Struct, frozen=True):
    """What a request says about all of its entries, from outside the body."""

    app_key: str | None = None
    app_id: str | None = None
    user_agent: str | None = None
    client: str | None = None
    """The app_key of a registered client, which replaces whatever the request says."""


class Incoming(Struct, gc=False, forbid_unknown_fields=True):
    """An entry as sent, every field of an expected type, and no other member; values may be of any length."""

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
    id: Raw = NULL
    created_at: Raw = NULL


class Fitting(Struct, gc=False, forbid_unknown_fields=True):
    """An entry as sent, no value longer than its limit, and nothing in it that the server gives: nearly all are so.

    Decoding checks that by itself, in a tenth of the time.
    """

    trace_id: Annotated[str, Meta(max_length=MAX_TRACE_ID)] | None = None
    batch_id: Annotated[str, Meta(max_length=MAX_BATCH_ID)] | None = None
    app_key: Annotated[str, Meta(max_length=MAX_APP)] | None = None
    app_id: Annotated[str, Meta(max_length=MAX_APP)] | None = None
    user_agent: Annotated[str, Meta(max_length=MAX_USER_AGENT)] | None = None
    level: str | int | None = None
    category: Annotated[str, Meta(max_length=MAX_CATEGORY)] | None = None
    message: str | None = None
    context: Raw = NULL
    timestamp: str | int | float | None = None
    id: Annotated[str, Meta(max_length=0)] | None = None
    created_at: Annotated[str, Meta(max_length=0)] | None = None


class OddIncoming(Incoming, gc=False):
    """An entry in which something was not as expected; `notes` tells what became of it."""

    notes: list[str] = []


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


def incoming_of(raw: RawIncoming) -> Incoming:
    """The entry of a stored line. Raises EntryError for a name or an id that is no text."""
    timestamp = scalar(raw.timestamp)
    return Incoming(
        _text(raw.trace_id, "trace_id"),
        _text(raw.batch_id, "batch_id"),
        _text(raw.app_key, "app_key"),
        _text(raw.app_id, "app_id"),
        _text(raw.user_agent, "user_agent"),
        scalar(raw.level),
        _text(raw.category, "category"),
        message_of(raw.message),
        raw.context,
        None if isinstance(timestamp, bool) else timestamp,
    )


def _text(raw: Raw, name: str) -> str | None:
    value = scalar(raw)
    if value is None or isinstance(value, str):
        return value
    raise EntryError(f"{name} is not a string")


def scalar(raw: Raw) -> Any:
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
