"""Journal lines that other programs wrote, the PHP server above all, read as the entries they mean.

Offsets in timestamps, ids that don't sort, missing keys and fields of odd types are understood; the line on disk stays
as it is. What is not a JSON object is damaged.
"""

import hashlib
from typing import Final

import msgspec

from logstream.entries.entry import LogEntry
from logstream.entries.ids import encode
from logstream.entries.json_text import InvalidJson, checked, context_of, explain
from logstream.entries.timestamps import format_timestamp, parse_timestamp
from logstream.receivers.incoming import EntryError, RawIncoming, incoming_of
from logstream.receivers.making import level_of
from logstream.stores.journal.naming import BY_DATE


class DamagedLine(ValueError):
    """A line that is not an entry; the text says why."""


class ForeignLine(RawIncoming, gc=False):
    id: str = ""
    created_at: str = ""


_decode: Final = msgspec.json.Decoder(ForeignLine).decode


def read_line(line: bytes, name: str, offset: int) -> LogEntry:
    """The entry of one line of the day file `name` at `offset`. Raises DamagedLine."""
    try:
        raw = _decode(checked(line))
        sent = incoming_of(raw)
    except EntryError as error:
        raise DamagedLine(str(error)) from None
    except (InvalidJson, msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DamagedLine(explain(error)) from None
    created = parse_timestamp(raw.created_at)
    day = BY_DATE.date_in(name)
    day_start = None if day is None else parse_timestamp(day.isoformat())
    moment = parse_timestamp(sent.timestamp) or created or day_start
    if moment is None:
        raise DamagedLine("it states no time, and its file is not named after a day")
    return LogEntry(
        raw.id or _made_id(moment.timestamp(), name, offset),
        sent.trace_id or "",
        sent.batch_id or None,
        sent.app_key or "",
        sent.app_id or "",
        sent.user_agent,
        level_of(sent.level) or "info",
        sent.category or "general",
        sent.message or "",
        context_of(sent.context),
        format_timestamp(moment),
        format_timestamp(created or moment),
    )


def has_id(line: bytes) -> bool:
    """Whether an entry's line says its id itself."""
    return bool(_decode(checked(line)).id)


def _made_id(seconds: float, name: str, offset: int) -> str:
    """An id for a line without one: the same at every reading, sorting by its time."""
    digest = hashlib.blake2b(f"{name}:{offset}".encode(), digest_size=10).digest()
    return encode(int(seconds * 1000) << 80 | int.from_bytes(digest))
