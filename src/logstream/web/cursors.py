"""Cursors: where a page ended, for the next one to begin there, stable while entries arrive.

A cursor names the last entry of its page and carries a mark of the query it belongs to: with another it is refused.
It tells clients no more than they have been shown, so it is not signed.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence

import msgspec

from logstream.entries.entry import LogEntry
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Condition
from logstream.query.paging import Place


class InvalidCursor(ValueError):
    """The text is not a cursor of this query."""


class _Cursor(msgspec.Struct, array_like=True):
    timestamp: str
    id: str
    mark: bytes


def _mark(conditions: Sequence[Condition], ascending: bool) -> bytes:
    described = msgspec.msgpack.encode([ascending, *sorted(map(msgspec.msgpack.encode, conditions))])
    return hashlib.blake2b(described, digest_size=6).digest()


def make_cursor(last: LogEntry, conditions: Sequence[Condition], *, ascending: bool) -> str:
    """The cursor of a page that ends with `last`; `conditions` without the place where the page began."""
    packed = msgspec.msgpack.encode(_Cursor(last.timestamp, last.id, _mark(conditions, ascending)))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(text: str, conditions: Sequence[Condition], *, ascending: bool) -> Place:
    """The place that a cursor names. Raises InvalidCursor."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.msgpack.decode(packed, type=_Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        raise InvalidCursor("it was not made by this server") from None
    moment = parse_timestamp(cursor.timestamp)
    if moment is None:
        raise InvalidCursor("it was not made by this server")
    if cursor.mark != _mark(conditions, ascending):
        raise InvalidCursor("it belongs to other filters or another order")
    return Place(moment.replace(tzinfo=None), cursor.id)
