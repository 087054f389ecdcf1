"""Compressing days: what has not been written to for a while takes a fifth of the space.

A worker thread writes the compressed file beside the plain one and reads it back; only the exchange of the two holds up
the writer, for some milliseconds. What came meanwhile calls it off: the next round has it all.
"""

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from logstream.stores.index.index import Index
from logstream.stores.index.indexer import Indexer
from logstream.stores.journal.blocks import plain_blocks
from logstream.stores.journal.day import Day
from logstream.stores.journal.flushed_file import FlushedFile, sync_folder
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.naming import UNFINISHED
from logstream.stores.journal.seals import Measure
from logstream.stores.journal.segment import SegmentWriter, UnreadableDay, new_digest

log = logging.getLogger("logstream.days")

LATE_SECONDS: Final = 3600
"""How long a compressed day gets no more late lines before these are taken in: each time it is all written anew."""


def due(journal: Journal, index: Index, after: timedelta, now: datetime) -> list[str]:
    """The days to be compressed, oldest first: they ended so long ago, and all that they hold has been indexed."""
    return [
        day.name
        for day in journal.days()
        if index.reached(day.name) >= day.size
        and day.ended is not None
        and day.ended + after <= now
        and _has_settled(day)
    ]


def _has_settled(day: Day) -> bool:
    """Whether there is a plain file to compress, and, where lines came late, none has for a while."""
    try:
        written = day.path.stat().st_mtime
    except FileNotFoundError:
        return False
    if day.leftover:
        return False
    if day.segment is None:
        return True
    return day.segment.fault is None and written < time.time() - LATE_SECONDS


def compress(journal: Journal, indexer: Indexer, day: Day, go_on: Callable[[], None] = lambda: None) -> bool:
    """Compress one day, late lines together with what is compressed already; false when it was being written to.

    What passes through seals the day. `go_on` is called now and then, and ends it by raising. Raises OSError, and
    NotAsSealed when what was sealed of it before is not what it was; then all is as before.
    """
    unfinished = day.segment_path.with_name(day.segment_path.name + UNFINISHED)
    with open(day.path, "rb") as plain:  # kept open: the space is given back here and not in the writer's thread
        try:
            sealed = Measure(journal.seals.trusted(day.name))
            _write(day, plain, unfinished, sealed, go_on)
            shutil.copymode(day.path, unfinished)

            def exchange() -> bool:
                there = os.stat(day.path)
                if (there.st_ino, there.st_size) != (os.fstat(plain.fileno()).st_ino, day.plain_size):
                    return False
                os.replace(unfinished, day.segment_path)
                sync_folder(day.path.parent)
                try:
                    day.path.unlink()
                except OSError as error:  # by the seal it is known for what it is: it doesn't count, see Day.leftover
                    log.warning("%s was compressed and can't be removed; trying again: %s", day.path, error)
                return True

            # In the index thread, in the writer thread: the lock order of stores.index.indexer.
            if not indexer.exclusively(lambda: journal.change(day.name, exchange).result()).result():
                return False
        finally:
            unfinished.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # the next round seals it
        journal.seals.keep(day.name, sealed.seal())
    return True


def _write(day: Day, plain: BinaryIO, to: Path, sealed: Measure, go_on: Callable[[], None]) -> None:
    """Write what is compressed of a day, and its plain file, to a new segment; `sealed` takes in both."""
    writer = SegmentWriter(to)
    try:
        for block in day.blocks(0, day.base):
            go_on()
            writer.write(block)
            sealed.add(block)
        digest = new_digest()
        for block in plain_blocks(plain, 0, day.plain_size):
            go_on()
            writer.write(block)
            sealed.add(block)
            digest.update(block)
        sealed.check()
        writer.seal(day.plain_size, digest.digest(), go_on)
    finally:
        writer.close()


def decompress(journal: Journal, day: Day, on_written: Callable[[int], None] = lambda size: None) -> None:
    """Make a compressed day plain again, late lines at the end. Only while nothing is written; raises OSError.

    `on_written` gets the bytes of each step.
    """
    if day.fault is not None:
        raise UnreadableDay(day.fault)
    unfinished = day.path.with_name(day.path.name + UNFINISHED)
    try:
        with contextlib.closing(FlushedFile(unfinished)) as file:
            for block in day.blocks(0, day.size):
                file.write(block)
                on_written(len(block))
            file.sync()
        shutil.copymode(day.segment_path, unfinished)

        def exchange() -> None:
            os.replace(unfinished, day.path)
            sync_folder(day.path.parent)
            day.segment_path.unlink()

        journal.change(day.name, exchange).result()
    finally:
        unfinished.unlink(missing_ok=True)
