"""New files for a day, written beside the old ones and then put in their place."""

import os
import shutil
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO

from logstream.stores.journal.blocks import plain_blocks, whole_lines
from logstream.stores.journal.day import Day
from logstream.stores.journal.flushed_file import FlushedFile
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.naming import UNFINISHED
from logstream.stores.journal.seals import Measure
from logstream.stores.journal.segment import SegmentWriter, UnreadableDay

Sift = Callable[[bytes, int], bytes]
"""What stays of whole lines that begin at an offset of the day."""


class DayRewrite:
    """A rewrite of what a day holds up to `upto`; what has come after that stays.

    `drop` or `sift`, then `catch_up`, then `put_in_place` in the writer thread. The old files are kept open to the end:
    giving back their space takes time that the writer doesn't have.
    """

    def __init__(self, journal: Journal, day: Day, upto: int) -> None:
        self.begun = False
        """Whether `put_in_place` may have replaced something."""
        self._journal = journal
        self._day = day
        self._upto = upto
        self._new_path = day.path.with_name(day.path.name + UNFINISHED)
        self._new_segment_path = day.segment_path.with_name(day.segment_path.name + UNFINISHED)
        self._old: BinaryIO | None = None
        self._old_segment: BinaryIO | None = None
        self._new: FlushedFile | None = None  # none: the plain file stays as it is
        self._copied = 0  # how far into the old plain file `_new` reaches
        self._has_new_segment = False
        self._segment_size = day.base
        self._plain_size = 0
        self._sealed = Measure()

    def __enter__(self) -> "DayRewrite":
        if self._day.path.exists():
            self._old = open(self._day.path, "rb")
        if self._day.segment_path.exists():
            self._old_segment = open(self._day.segment_path, "rb")
        self._copied = self._plain_size = self._upto - self._day.base
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._old, self._old_segment, self._new):
            if file is not None:
                file.close()
        self._new_path.unlink(missing_ok=True)
        self._new_segment_path.unlink(missing_ok=True)

    @property
    def end(self) -> int:
        """What `upto` becomes."""
        return self._segment_size + self._plain_size

    def drop(self) -> None:
        """Nothing is to stay."""
        self._segment_size = self._plain_size = 0
        if self._old is not None:
            self._new = FlushedFile(self._new_path)

    def sift(self, sift: Sift, go_on: Callable[[], None]) -> None:
        """What `sift` leaves is to stay. Raises OSError when it can't be written or the old can't be read.

        What was sealed of it must be what it was: the new files are sealed anew, and that would hide the change.
        """
        if self._upto < self._day.base:
            raise UnreadableDay("not all of it is indexed yet")
        self._sealed = Measure(self._journal.seals.trusted(self._day.name))
        if self._old_segment is not None:
            self._sift_segment(sift, go_on)
        if self._old is not None:
            self._sift_plain(self._old, sift, go_on)
        self._sealed.check()

    def _sift_segment(self, sift: Sift, go_on: Callable[[], None]) -> None:
        day = self._day
        if day.fault is not None:
            raise UnreadableDay(f"{day.segment_path} is damaged: {day.fault}")
        writer = SegmentWriter(self._new_segment_path)
        try:
            offset, same = 0, True
            for lines in whole_lines(day.blocks(0, day.base)):
                go_on()
                self._sealed.add(lines)
                kept = sift(lines, offset)
                same = same and kept == lines
                writer.write(kept)
                offset += len(lines)
            if not same:
                writer.seal(go_on=go_on)
                shutil.copymode(day.segment_path, self._new_segment_path)
                self._segment_size, self._has_new_segment = writer.size, True
        finally:
            writer.close()

    def _sift_plain(self, old: BinaryIO, sift: Sift, go_on: Callable[[], None]) -> None:
        new = FlushedFile(self._new_path)
        self._new, self._plain_size = new, 0
        base = self._day.base
        offset, same = base, True
        for lines in whole_lines(plain_blocks(old, 0, self._upto - base)):
            go_on()
            self._sealed.add(lines)
            kept = sift(lines, offset)
            same = same and kept == lines
            new.write(kept)
            self._plain_size += len(kept)
            offset += len(lines)
        if offset != self._upto:
            raise UnreadableDay(f"it ends after {offset} of {self._upto} bytes")
        if same:
            new.close()
            self._new = None

    def catch_up(self) -> None:
        """Copy what has come meanwhile, flush, unseal the day, so that little is left to do for `put_in_place`."""
        if self._new is not None:
            shutil.copymode(self._day.path, self._new_path)
            now = self._journal.day(self._day.name)
            self._copy_up_to(0 if now is None else now.plain_size)
        self._journal.seals.remove(self._day.name)

    def put_in_place(self) -> None:
        """Put the new files in the place of the old. In the writer thread."""
        if self._old is not None:
            there, here = os.stat(self._day.path), os.fstat(self._old.fileno())
            if there.st_ino != here.st_ino or there.st_size < self._upto - self._day.base:
                raise UnreadableDay("somebody replaced it meanwhile")
            self._copy_up_to(there.st_size)
        self.begun = True
        if not self._segment_size:
            self._day.segment_path.unlink(missing_ok=True)
        elif self._has_new_segment:
            os.replace(self._new_segment_path, self._day.segment_path)
        if self._new is not None:
            if self._new.size:
                os.replace(self._new_path, self._day.path)
            else:
                self._day.path.unlink()

    def _copy_up_to(self, size: int) -> None:
        if self._new is None or self._old is None:
            return
        for block in plain_blocks(self._old, self._copied, size):
            self._new.write(block)
            self._copied += len(block)
        self._new.sync()
