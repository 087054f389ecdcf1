"""Live chunks kept back for a viewer that is still being sent what it missed: all of them, or none if too many."""

from typing import Final

from logstream.live.chunks import Chunk

HELD_BYTES: Final = 4 * 1024 * 1024
"""Bytes that are kept for one viewer."""


class Held:
    """Chunks in their order, with the notices of gaps between them as they are written."""

    __slots__ = ("_size", "items")

    def __init__(self) -> None:
        self.items: list[Chunk | bytes] = []
        self._size = 0

    @property
    def overflowed(self) -> bool:
        """Whether it became too much, and was dropped."""
        return self._size > HELD_BYTES

    def keep(self, item: Chunk | bytes) -> None:
        self._size += len(item.data) if isinstance(item, Chunk) else len(item)
        if self.overflowed:
            self.items.clear()
        else:
            self.items.append(item)
