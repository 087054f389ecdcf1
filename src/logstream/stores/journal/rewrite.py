"""The files of a day as they are to be, written beside the old ones and then put in their place."""

import os
import shutil
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO

from logstream.stores.journal import segment
from logstream.stores.journal.flushed_file import NewFile
from logstream.stores.journal.journal import Journal

Sift = Callable[[bytes, int], bytes]
"""What stays of whole lines that begin at an offset of the day."""


class Exchange:
    """One exchange: `drop` or `rewrite` what a day holds up to `upto`, `catch_up`, then `make` in the writer thread.

    What comes after `upto` stays. The old files are kept open to the end: giving back their space takes time that the
    writer doesn't have.
    """

    def __init__(self, journal: Journal, name: str, upto: int) -> None:
        self.begun = False
        """Whether `make` may have replaced something."""
        self._journal = journal
        self._name = name
        self._upto = upto
        self._base = journal.base(name)
        self._plain = journal.root / name
        self._compressed = segment.compressed_path(journal.root, name)
        self._new_plain = self._plain.with_name(self._plain.name + ".tmp")
        self._new_compressed = self._compressed.with_name(self._compressed.name + ".tmp")
        self._old: BinaryIO | None = None
        self._old_compressed: BinaryIO | None = None
        self._new: NewFile | None = None  # none: the plain file stays as it is
        self._copied = 0
        self._recompressed = False
        self._compressed_size = self._base
        self._plain_size = 0

    def __enter__(self) -> "Exchange":
        if self._plain.exists():
            self._old = open(self._plain, "rb")
        if self._compressed.exists():
            self._old_compressed = open(self._compressed, "rb")
        self._copied = self._plain_size = self._upto - self._base
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in (self._old, self._old_compressed, self._new):
            if file is not None:
                file.close()
        self._new_plain.unlink(missing_ok=True)
        self._new_compressed.unlink(missing_ok=True)

    @property
    def end(self) -> int:
        """What `upto` becomes."""
        return self._compressed_size + self._plain_size

    def drop(self) -> None:
        """Nothing is to stay."""
        self._compressed_size = self._plain_size = 0
        if self._old is not None:
            self._new = NewFile(self._new_plain)

    def rewrite(self, sift: Sift, go_on: Callable[[], None]) -> None:
        """What `sift` leaves is to stay. Raises OSError when it can't be written or the old can't be read."""
        if self._upto < self._base:
            raise segment.UnreadableDay("not all of it is indexed yet")
        if self._old_compressed is not None:
            self._rewrite_compressed(sift, go_on)
        if self._old is not None:
            self._rewrite_plain(self._old, sift, go_on)

    def _rewrite_compressed(self, sift: Sift, go_on: Callable[[], None]) -> None:
        fault = self._journal.compressed[self._name].fault
        if fault is not None:
            raise segment.UnreadableDay(f"{self._compressed} is damaged: {fault}")
        writer = segment.CompressedWriter(self._new_compressed)
        try:
            place, same = 0, True
            for lines in segment.whole_lines(segment.blocks(self._journal.root, self._name, self._base, 0, self._base)):
                go_on()
                kept = sift(lines, place)
                same = same and kept == lines
                writer.write(kept)
                place += len(lines)
            if not same:
                writer.seal(go_on=go_on)
                shutil.copymode(self._compressed, self._new_compressed)
                self._compressed_size, self._recompressed = writer.size, True
        finally:
            writer.close()

    def _rewrite_plain(self, old: BinaryIO, sift: Sift, go_on: Callable[[], None]) -> None:
        new = NewFile(self._new_plain)
        self._new, self._plain_size = new, 0
        place, same = self._base, True
        for lines in segment.whole_lines(segment.plain_blocks(old, 0, self._upto - self._base)):
            go_on()
            kept = sift(lines, place)
            same = same and kept == lines
            new.write(kept)
            self._plain_size += len(kept)
            place += len(lines)
        if place != self._upto:
            raise segment.UnreadableDay(f"it ends after {place} of {self._upto} bytes")
        if same:
            new.close()
            self._new = None

    def catch_up(self) -> None:
        """Copy what has come meanwhile and flush, so that little is left to do for `make`."""
        if self._new is not None:
            shutil.copymode(self._plain, self._new_plain)
            self._copy(self._journal.sizes.get(self._name, 0) - self._base)

    def make(self) -> None:
        """Put the new files in the place of the old. In the writer thread."""
        if self._old is not None:
            there, here = os.stat(self._plain), os.fstat(self._old.fileno())
            if there.st_ino != here.st_ino or there.st_size < self._upto - self._base:
                raise segment.UnreadableDay("somebody replaced it meanwhile")
            self._copy(there.st_size)
        self.begun = True
        if not self._compressed_size:
            self._compressed.unlink(missing_ok=True)
        elif self._recompressed:
            os.replace(self._new_compressed, self._compressed)
        if self._new is not None:
            if self._new.size:
                os.replace(self._new_plain, self._plain)
            else:
                self._plain.unlink()

    def _copy(self, size: int) -> None:
        if self._new is None or self._old is None:
            return
        for block in segment.plain_blocks(self._old, self._copied, size):
            self._new.write(block)
            self._copied += len(block)
        self._new.sync()
