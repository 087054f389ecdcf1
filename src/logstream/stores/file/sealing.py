"""Sealing: reading a closed day once more, in the background, and keeping what it holds as its seal.

A day whose sealed lines are not what they were is never sealed anew: that would hide what happened to it.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from logstream.stores.journal.day import Day
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.seals import Measure
from logstream.stores.journal.segment import UnreadableDay

SETTLED_SECONDS: Final = 3600
"""How long a closed day gets no more late lines before it is sealed: each time it is all read anew."""


def due(journal: Journal, now: datetime) -> list[str]:
    """The days to be sealed, oldest first: they ended, are not sealed up to their end, and have settled."""
    return [day.name for day in journal.days() if is_unsealed(journal, day, now) and _has_settled(day)]


def is_unsealed(journal: Journal, day: Day, now: datetime) -> bool:
    """Whether a day has ended, can be read, and is not sealed up to its end."""
    has_ended = day.ended is not None and day.ended <= now
    return has_ended and day.size > 0 and day.fault is None and journal.seals.size(day.name) != day.size


def _has_settled(day: Day) -> bool:
    try:
        return day.path.stat().st_mtime < time.time() - SETTLED_SECONDS
    except FileNotFoundError:
        return True


def seal(journal: Journal, day: Day, go_on: Callable[[], None] = lambda: None) -> None:
    """Seal all of a day. `go_on` is called now and then, and ends it by raising.

    Raises OSError, and NotAsSealed when what was sealed of it is not what it was.
    """
    measure = Measure(journal.seals.trusted(day.name))
    for block in day.blocks(0, day.size):
        go_on()
        measure.add(block)
    measure.check()
    if measure.size != day.size:
        raise UnreadableDay(f"it ends after {measure.size} of {day.size} bytes")
    journal.seals.keep(day.name, measure.seal())
