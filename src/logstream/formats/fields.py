"""What a line or an object says, whatever its format: the fields of an entry, and all the rest as its context.

Members of the context are kept as raw JSON in their order, so that numbers stay as they came; `wire` and the receivers
add theirs to the list.
"""

from typing import Final

import msgspec
from msgspec import Raw

from logstream.entries.entry import MAX_CATEGORY, MAX_CONTEXT_DEPTH
from logstream.entries.json_text import depth

Members = list[tuple[str, Raw]]

encode: Final = msgspec.json.Encoder().encode


class Fields(msgspec.Struct):
    """One entry as read. None: not stated. `timestamp` is ISO 8601 UTC with `Z`.

    `exact`: the time is stated with its zone. `service` and `host` name where it comes from, for receivers whose
    requests don't: they are in the message or the context too.
    """

    message: str
    level: str | None = None
    timestamp: str | None = None
    trace_id: str | None = None
    batch_id: str | None = None
    category: str | None = None
    user_agent: str | None = None
    app_key: str | None = None
    app_id: str | None = None
    context: Members = []
    service: str | None = None
    host: str | None = None
    exact: bool = False

    def add(self, name: str, value: object) -> None:
        """Put a value into the context; where the name is taken, under that name with `_` before it."""
        self.add_raw(name, value if isinstance(value, Raw) else Raw(encode(value)))

    def add_raw(self, name: str, value: Raw) -> None:
        taken = {taken for taken, _ in self.context}
        while name in taken:
            name = "_" + name
        self.context = [*self.context, (name, value)]

    def context_json(self) -> Raw | None:
        """The context as one JSON object; None when there is nothing in it."""
        return object_of(self.context) if self.context else None


def object_of(members: Members) -> Raw:
    return Raw(b"{" + b",".join([name_json(name) + value for name, value in members]) + b"}")


_names: dict[str, bytes] = {}


def name_json(name: str) -> bytes:
    """`"name":`, remembered: the lines of a log have the same few names."""
    found = _names.get(name)
    if found is None:
        found = encode(name) + b":"
        if len(_names) < 10_000 and len(name) <= 100:
            _names[name] = found
    return found


def bounded(value: Raw) -> Raw:
    """A member of a context, as text where it nests too deeply to be one."""
    raw = bytes(value)
    if raw.count(b"{") + raw.count(b"[") >= MAX_CONTEXT_DEPTH and depth(raw) >= MAX_CONTEXT_DEPTH:
        return Raw(encode(raw.decode()))
    return value


def category_of(name: str) -> str | None:
    return name[:MAX_CATEGORY] or None
