"""Live chunks kept back for a viewer that is still being sent what it missed: all of them, or none if too many."""

from typing import Final, NamedTuple

from logstream.live.chunks import Chunk

GAP_BYTES: Final = 200
"""What a gap counts for."""


class Gap(NamedTuple):
    """`dropped` entries that nobody could look at, between the entries `after` and `before`."""

    dropped: int
    after: str | None
    before: str
    position: str
    """They stand at or before it in the order of acceptance."""


class Held:
    """Chunks in their order, with the gaps between them; up to `bound` bytes."""

    __slots__ = ("_bound", "_size", "items")

    def __init__(self, bound: int) -> None:
        self.items: list[Chunk | Gap] = []
        self._bound = bound
        self._size = 0

    @property
    def overflowed(self) -> bool:
        """Whether it became too much, and was dropped."""
        return self._size > self._bound

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return 0 if self.overflowed else self._size

    def keep(self, item: Chunk | Gap) -> None:
        self._size += len(item.data) if isinstance(item, Chunk) else GAP_BYTES
        if self.overflowed:
            self.items.clear()
        else:
            self.items.append(item)
