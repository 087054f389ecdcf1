"""An entry of our own format in which something is odd: one odd value costs one value, and the sender is told of it.

Members that no entry has go to the context. An object that has no `message`, but a text under a name that loggers use,
is read as `formats` reads any logger's. All others are decoded strictly and never come here.
"""

from typing import Final

import msgspec
from msgspec import Raw

from logstream.entries.entry import NULL
from logstream.entries.json_text import compact, context_of, explain, joined, object_around, with_member
from logstream.formats.clock import Clock
from logstream.formats.fields import Members, bounded, name_json
from logstream.formats.json_loggers import has_text
from logstream.formats.json_names import OWN
from logstream.formats.objects import CONSTANT_NAMES, Object, constants_as_text, has_constants, members_of
from logstream.formats.reading import read_object
from logstream.receivers.incoming import EntryError, Incoming, OddIncoming, message_of, scalar

MOST_NAMES: Final = 10
"""Names of members that a note lists."""

MAX_MEMBERS: Final = 2000
"""Members of an entry that are moved one by one, some 5 ms; of more, the whole entry is kept as text."""

CONSTANTS_NOTE: Final = "NaN and Infinity are no JSON: kept as text"
NOT_AN_OBJECT: Final = EntryError("not an object")
BOM: Final = b"\xef\xbb\xbf"

_OF_REQUESTS: Final = frozenset(("trace_id", "batch_id", "app_key", "app_id", "user_agent", "id", "created_at"))
"""Members that mean the same in every object; the rest of another logger's is read as that logger means it."""

_CONSTANTS: Final = [sign + name for name in CONSTANT_NAMES for sign in (b"", b"-")]


class _Open(OddIncoming, gc=False, forbid_unknown_fields=False):
    """An entry whose fields are of the expected types, whatever other members there are."""


_decode: Final = msgspec.json.Decoder(Incoming).decode
_decode_open: Final = msgspec.json.Decoder(_Open).decode
_decode_members: Final = msgspec.json.Decoder(Object).decode


def _mark(name: bytes) -> bytes:
    return b'"\\u%04x%b"' % (name[0], name[1:])


def mark_constants(body: bytes) -> bytes:
    """NaN and Infinity as text whose first letter is escaped, so that each entry can tell whether it had one."""
    return constants_as_text(body, _mark)


def _unmarked(raw: bytes) -> bytes:
    for name in _CONSTANTS:
        raw = raw.replace(_mark(name), b'"%b"' % name)
    return raw


def odd_entry(raw: bytes, clock: Clock, marked: bool) -> Incoming | EntryError:
    """The entry of one JSON value, which may be none; `marked`: it went through `mark_constants`."""
    notes: list[str] = []
    if raw[:3] == BOM:
        raw = raw[3:]
    if marked and b'"\\u00' in raw:
        unmarked = _unmarked(raw)
        if unmarked != raw:
            raw, notes = unmarked, [CONSTANTS_NOTE]
    try:
        entry = _decode(raw)
    except msgspec.ValidationError:
        entry = None
    except (msgspec.DecodeError, RecursionError) as error:
        if not has_constants(raw):
            return EntryError(f"invalid JSON: {explain(error)}")
        raw, notes, entry = constants_as_text(raw), [CONSTANTS_NOTE], None
    if entry is not None:
        return OddIncoming(**msgspec.structs.asdict(entry), notes=notes) if notes else entry
    try:
        return _of_members(compact(raw), clock, notes)
    except msgspec.ValidationError:
        return NOT_AN_OBJECT
    except (msgspec.DecodeError, RecursionError) as error:
        return EntryError(f"invalid JSON: {explain(error)}")
    except EntryError as error:
        return error


def _of_members(raw: bytes, clock: Clock, notes: list[str]) -> OddIncoming:
    members = _decode_members(raw)
    kept: Members = []
    try:
        entry: OddIncoming = _decode_open(raw)
        entry.notes = notes
    except msgspec.ValidationError:
        entry = _typed(members, notes, kept)
    if len(members) > MAX_MEMBERS:
        entry.context = with_member(context_of(entry.context), "_entry", msgspec.json.encode(raw.decode()))
        notes.append(f"{len(members)} members: kept as text in context._entry")
    elif entry.message is None and has_text(members):
        kept = [(name, value) for name, value in kept if name[1:] in _OF_REQUESTS]
        _read_as_logger(entry, members, clock)
    else:
        entry.context = context_of(entry.context)
        _take_rest(entry, members)
    for name, value in kept:
        notes.append(f"{name[1:]} is of another type: moved to context.{name}")
        entry.context = with_member(entry.context, name, bytes(bounded(value)))
    return entry


def _typed(members: Object, notes: list[str], kept: Members) -> OddIncoming:
    """The entry of members of which one is of another type than it should be; `kept` gets what can't be used."""
    message = members.get("message", NULL)
    return OddIncoming(
        _id(members, "trace_id", kept),
        _id(members, "batch_id", kept),
        _name(members, "app_key"),
        _name(members, "app_id"),
        _text(members, "user_agent", kept),
        _level(members, kept),
        _text(members, "category", kept),
        None if bytes(message) == b"null" else message_of(message),
        members.get("context", NULL),
        _timestamp(members, kept),
        members.get("id", NULL),
        members.get("created_at", NULL),
        notes,
    )


def _read_as_logger(entry: OddIncoming, members: Object, clock: Clock) -> None:
    rest = {name: value for name, value in members.items() if name not in _OF_REQUESTS}
    fields = read_object(rest, clock)
    entry.message, entry.level, entry.timestamp, entry.category = (
        fields.message,
        fields.level,
        fields.timestamp,
        fields.category,
    )
    entry.trace_id = entry.trace_id or fields.trace_id
    entry.context = fields.context_json() or NULL
    _note_moved(entry, [name for name, _ in fields.context if name in rest])


def _take_rest(entry: OddIncoming, members: Object) -> None:
    """Members that no entry has go to the context, unless the context has one of that name."""
    rest = [(name, value) for name, value in members.items() if name not in OWN]
    if not rest:
        return
    around = object_around(entry.context)
    taken = members_of(Raw(around)) or {}
    free = [(name, value) for name, value in rest if name not in taken]
    if free:
        moved = b",".join([name_json(name) + bytes(bounded(value)) for name, value in free])
        entry.context = Raw(joined(around, moved))
        _note_moved(entry, [name for name, _ in free])
    lost = [name for name, value in rest if name in taken and bytes(taken[name]) != bytes(value)]
    if lost:
        entry.notes.append(f"{_listed(lost)}: left out, as the context has the same name")


def _note_moved(entry: OddIncoming, names: list[str]) -> None:
    if names:
        entry.notes.append(f"{_listed(names)}: moved to the context")


def _listed(names: list[str]) -> str:
    shown = ", ".join(name[:100] for name in names[:MOST_NAMES])
    return shown if len(names) <= MOST_NAMES else f"{shown} and {len(names) - MOST_NAMES} more"


def _name(members: Object, name: str) -> str | None:
    """Who sent the entry: a text, or a number as its text. Raises EntryError for anything else: it is never guessed."""
    value = text_or_number(members.get(name, NULL))
    if isinstance(value, bool):
        raise EntryError(f"{name} is not a string")
    return value or None


def text_or_number(raw: Raw) -> str | bool | None:
    """The text, or a number's; None for null, False for anything else."""
    value = bytes(raw)
    if value[:1].isdigit() or value[:1] == b"-":
        return value.decode()
    found = scalar(raw)
    return found if found is None or isinstance(found, str) else False


def _id(members: Object, name: str, kept: Members) -> str | None:
    value = scalar(members.get(name, NULL))
    if value is None or isinstance(value, str):
        return value
    kept.append(("_" + name, members[name]))
    return None


def _text(members: Object, name: str, kept: Members) -> str | None:
    value = text_or_number(members.get(name, NULL))
    if value is None or isinstance(value, str):
        return value
    kept.append(("_" + name, members[name]))
    return None


def _level(members: Object, kept: Members) -> str | int | None:
    value = scalar(members.get("level", NULL))
    if value is None or isinstance(value, str) or type(value) is int:
        return value
    kept.append(("_level", members["level"]))
    return None


def _timestamp(members: Object, kept: Members) -> str | int | float | None:
    value = scalar(members.get("timestamp", NULL))
    if value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)):
        return value
    kept.append(("_timestamp", members["timestamp"]))
    return None
