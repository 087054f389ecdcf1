"""Entries that a page has without what they say, since a page of them as a whole would not fit into memory."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from logstream.entries.entry import LogEntry

Large = TypeVar("Large", bound=LogEntry)


async def whole(
    entries: Sequence[LogEntry], kind: type[Large], read: Callable[[Large], Awaitable[LogEntry | None]]
) -> AsyncIterator[Sequence[LogEntry]]:
    """Entries with all that they say, in order; those of `kind` are read, and each is a chunk of its own.

    Those that `read` finds no more are left out.
    """
    usual: list[LogEntry] = []
    for entry in entries:
        if not isinstance(entry, kind):
            usual.append(entry)
            continue
        if usual:
            yield usual
            usual = []
        found = await read(entry)
        if found is not None:
            yield [found]
    if usual:
        yield usual
