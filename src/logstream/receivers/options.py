"""What a request can ask for beside its protocol: which member is what, members to drop or to add, or only to look.

Each by query parameter or header; the query goes first. Names with a dot are a step into an object.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Raw

from logstream.formats.clock import Clock
from logstream.formats.fields import Fields, encode
from logstream.formats.json_times import time_of
from logstream.formats.levels import level_of
from logstream.formats.objects import members_of, text_of


class Options(msgspec.Struct, frozen=True):
    """`debug`: answer with what would be stored, and store nothing."""

    message: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    debug: bool = False

    @property
    def change(self) -> bool:
        """Whether records are to be changed at all."""
        return bool(self.message or self.time or self.level or self.drop or self.add)

    def apply(self, fields: Fields, clock: Clock) -> None:
        for name in self.message:
            raw = _take(fields, name)
            if raw is not None:
                before, fields.message = fields.message, text_of(raw) or bytes(raw).decode(errors="replace")
                if before and before != fields.message:
                    fields.add("message", before)
                break
        for name in self.time:
            raw = _find(fields, name)
            found = None if raw is None else time_of(raw, clock)
            if found is not None:
                _take(fields, name)
                fields.timestamp, fields.exact = found
                break
        for name in self.level:
            raw = _find(fields, name)
            level = None if raw is None else level_of(text_of(raw) or bytes(raw).decode(errors="replace"))
            if level is not None:
                _take(fields, name)
                fields.level = level
                break
        for name in self.drop:
            _take(fields, name)
        for name, value in self.add:
            fields.add(name, value)


def options_of(query: Mapping[str, str], headers: Mapping[bytes, bytes]) -> Options:
    def given(name: str) -> str:
        value = query.get(name)
        if value is None:
            value = headers.get(b"x-" + name.replace("_", "-").encode(), b"").decode(errors="replace")
        return value

    pairs = [pair.partition("=") for pair in _listed(given("add_fields"))]
    return Options(
        _listed(given("message_field")),
        _listed(given("time_field")),
        _listed(given("level_field")),
        _listed(given("drop_fields")),
        tuple((name.strip(), value) for name, sign, value in pairs if sign and name.strip()),
        given("debug") in ("1", "true"),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for part in (part.strip() for part in text.split(",")) if part) if text else ()


def _find(fields: Fields, name: str) -> Raw | None:
    for member, raw in fields.context:
        if member == name:
            return raw
    outer, dot, inner = name.partition(".")
    if dot:
        for member, raw in fields.context:
            if member == outer and (members := members_of(raw)) is not None:
                return members.get(inner)
    return None


def _take(fields: Fields, name: str) -> Raw | None:
    """The member of this name, taken out of the context."""
    for place, (member, raw) in enumerate(fields.context):
        if member == name:
            fields.context = fields.context[:place] + fields.context[place + 1 :]
            return raw
    outer, dot, inner = name.partition(".")
    if not dot:
        return None
    for place, (member, raw) in enumerate(fields.context):
        if member == outer and (members := members_of(raw)) is not None and inner in members:
            found = members.pop(inner)
            rest = [(member, Raw(encode(members)))] if members else []
            fields.context = fields.context[:place] + rest + fields.context[place + 1 :]
            return found
    return None
