"""Entries on their way through filters: slices of what was published, small enough to be looked at in one go."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from logstream.entries.entry import LogEntry
from logstream.live.chunks import Encoded

PORTION_ENTRIES: Final = 500
"""Entries that a filter looks at in one go."""


class Portion(NamedTuple):
    """Entries in the order accepted, with the JSON of each; `size` is the bytes of that.

    All of them stand at or before `position` in the order of acceptance.
    """

    lines: Sequence[bytes]
    entries: Sequence[LogEntry]
    size: int
    encoded: Encoded
    """What is long in it, encoded, for all filters."""
    position: str


def portions(lines: Sequence[bytes], entries: Sequence[LogEntry], position: str = "") -> list[Portion]:
    """All entries in order, PORTION_ENTRIES at a time."""
    made: list[Portion] = []
    for start in range(0, len(lines), PORTION_ENTRIES):
        end = start + PORTION_ENTRIES
        made.append(Portion(lines[start:end], entries[start:end], sum(map(len, lines[start:end])), {}, position))
    return made
