"""Server-Sent Events taken apart as their bytes arrive (WHATWG HTML section 9.2, with LF as the line's end)."""

from typing import Final, NamedTuple

_SEPARATOR: Final = b"\n\n"


class Event(NamedTuple):
    """One event; `id` is empty where none was given."""

    name: bytes
    id: bytes
    data: bytes


class EventParser:
    """Give it chunks, cut anywhere; it gives back the events that are complete. Comments are left out."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[Event]:
        searched = max(0, len(self._rest) - 1)
        self._rest += chunk
        if self._rest.find(_SEPARATOR, searched) < 0:
            return []
        end = self._rest.rfind(_SEPARATOR) + len(_SEPARATOR)
        blocks = bytes(self._rest[: end - len(_SEPARATOR)]).split(_SEPARATOR)
        del self._rest[:end]
        return [event for block in blocks if (event := _event(block)) is not None]


def _event(block: bytes) -> Event | None:
    name, id, data = b"message", b"", list[bytes]()
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
        elif field == b"id":
            id = value
    return Event(name, id, b"\n".join(data)) if data else None
