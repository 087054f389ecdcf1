"""Compressing days: what has not been written to for a while takes a fifth of the space.

A worker thread writes the compressed file beside the plain one and reads it back; only the exchange of the two holds up
the writer, for some milliseconds. What came meanwhile calls it off: the next round has it all.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from logstream.stores.index.index import Index
from logstream.stores.index.indexer import Indexer
from logstream.stores.journal import segment
from logstream.stores.journal.flushed_file import NewFile
from logstream.stores.journal.journal import Journal

LATE_SECONDS: Final = 3600
"""How long a compressed day gets no more late lines before these are taken in: each time it is all written anew."""


def due(journal: Journal, index: Index, after: timedelta, now: datetime) -> list[str]:
    """The days to be compressed, oldest first: they ended so long ago, and all that they hold has been indexed."""
    return [
        name
        for name, size in sorted(journal.sizes.copy().items())
        if index.reached(name) >= size and _ended(name) + after <= now and _has_settled(journal, name)
    ]


def _ended(name: str) -> datetime:
    try:
        return datetime(int(name[:4]), int(name[5:7]), int(name[8:10]), tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        return datetime.max.replace(tzinfo=UTC)  # no day of the calendar: somebody else's file


def _has_settled(journal: Journal, name: str) -> bool:
    found = journal.compressed.get(name)
    try:
        written = (journal.root / name).stat().st_mtime
    except FileNotFoundError:
        return False
    return found is None or (found.fault is None and written < time.time() - LATE_SECONDS)


def compress(journal: Journal, indexer: Indexer, name: str, go_on: Callable[[], None] = lambda: None) -> bool:
    """Compress one day, late lines together with what is compressed already; false when it was being written to.

    `go_on` is called now and then, and ends it by raising. Raises OSError; then all is as before.
    """
    plain, compressed = journal.root / name, segment.compressed_path(journal.root, name)
    unfinished = compressed.with_name(compressed.name + ".tmp")
    base, size = journal.base(name), journal.sizes[name]
    with open(plain, "rb") as file:  # kept open: the space is given back here and not in the writer's thread
        try:
            _write(journal, name, unfinished, file, size - base, go_on)
            shutil.copymode(plain, unfinished)

            def exchange() -> bool:
                there = os.stat(plain)
                if (there.st_ino, there.st_size) != (os.fstat(file.fileno()).st_ino, size - base):
                    return False
                os.replace(unfinished, compressed)
                segment.sync_folder(plain.parent)
                plain.unlink()
                return True

            return indexer.exclusively(lambda: journal.change(name, exchange).result()).result()
        finally:
            unfinished.unlink(missing_ok=True)


def _write(journal: Journal, name: str, path: Path, plain: BinaryIO, size: int, go_on: Callable[[], None]) -> None:
    writer = segment.CompressedWriter(path)
    try:
        base = journal.base(name)
        for block in segment.blocks(journal.root, name, base, 0, base):
            go_on()
            writer.write(block)
        digest = segment.new_digest()
        for block in segment.plain_blocks(plain, 0, size):
            go_on()
            writer.write(block)
            digest.update(block)
        writer.seal(size, digest.digest(), go_on)
    finally:
        writer.close()


def decompress(journal: Journal, name: str, progress: Callable[[int], None] = lambda done: None) -> None:
    """Make one day plain again, late lines at the end. Only while nothing is written; raises OSError.

    `progress` gets the bytes of each step.
    """
    found = journal.compressed[name]
    plain, compressed = journal.root / name, segment.compressed_path(journal.root, name)
    unfinished = plain.with_name(plain.name + ".tmp")
    if found.fault is not None:
        raise segment.UnreadableDay(found.fault)
    try:
        with contextlib.closing(NewFile(unfinished)) as file:
            for block in segment.blocks(journal.root, name, found.size, 0, journal.sizes[name]):
                file.write(block)
                progress(len(block))
            file.sync()
        shutil.copymode(compressed, unfinished)

        def exchange() -> None:
            os.replace(unfinished, plain)
            segment.sync_folder(plain.parent)
            compressed.unlink()

        journal.change(name, exchange).result()
    finally:
        unfinished.unlink(missing_ok=True)
