"""Entries of ours among the objects: those that a server understands as they are go through to the letter."""

from logstream.entries.entry import LEVEL_ALIASES
from logstream.entries.timestamps import WRITTEN_FORM, parse_timestamp
from logstream.formats.clock import Clock
from logstream.formats.json_names import OWN
from logstream.formats.objects import Object
from logstream.formats.times import EXACT, time_at


def is_own(members: Object, clock: Clock) -> bool:
    """Whether an object is an entry of ours that a server understands as it is."""
    if not members.keys() <= OWN or "message" not in members:
        return False
    level = members.get("level")
    if level is not None and not _is_own_level(bytes(level)):
        return False
    timestamp = members.get("timestamp")
    return timestamp is None or _is_own_time(bytes(timestamp), clock)


def _is_own_level(raw: bytes) -> bool:
    if raw[:1] == b'"':
        return raw[1:-1].decode(errors="replace").lower() in LEVEL_ALIASES
    return raw == b"null" or (len(raw) == 1 and raw in b"01234567")


def _is_own_time(raw: bytes, clock: Clock) -> bool:
    if raw[:1] != b'"':
        return raw[:1] not in (b"{", b"[")
    text = raw[1:-1].decode(errors="replace")
    if WRITTEN_FORM.fullmatch(text):
        return True
    if not text:
        return True
    if parse_timestamp(text) is None:
        return False
    found = time_at(text, 0, clock)
    return found is None or found[2] == EXACT
