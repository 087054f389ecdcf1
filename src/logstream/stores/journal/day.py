"""A day: what the journal holds for one day, in up to two files.

`DD.jsonl.zst` where it was compressed, see segment, then `DD.jsonl` with what has come since. Offsets into a day count
through both, so that compressing changes none of them and neither index nor search notices.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec

from logstream.entries.entry import LINE_HEAD, LINE_ID, LINE_START
from logstream.stores.journal import segment
from logstream.stores.journal.blocks import BLOCK, first_line, last_line_end, plain_blocks
from logstream.stores.journal.naming import COMPRESSED
from logstream.stores.journal.segment import Segment


class Day(msgspec.Struct, frozen=True):
    """One day at one moment. It does not change: when the files do, the journal puts another in its place.

    So any thread may hold on to one, and finds in it what belonged together. In a spool, where files are numbered, such
    a file takes the place of a day, and stands for no day of the calendar.
    """

    root: Path
    name: str
    """Of its plain file, below `root`."""
    size: int
    """Its durable length: whole lines, compressed and plain."""
    segment: Segment | None
    calendar_day: date | None
    """None when its name stands for none."""
    leftover: bool = False
    """Whether its plain file is in the segment already, and could not be removed: it doesn't count, and has to go."""

    @classmethod
    def look(cls, root: Path, name: str, calendar_day: date | None) -> "Day | None":
        """The day of this name as it is on disk; None when neither file is there."""
        path, compressed = root / name, segment_path(root, name)
        held = segment.inspect(compressed) if compressed.exists() else None
        base = 0 if held is None else held.size
        if not path.exists():
            return None if held is None else cls(root, name, base, held, calendar_day)
        if held is not None and (seal := segment.read_seal(compressed)) and segment.was_taken_in(path, seal):
            return cls(root, name, base, held, calendar_day, leftover=True)
        return cls(root, name, base + path.stat().st_size, held, calendar_day)

    @property
    def path(self) -> Path:
        """Of the plain file, which may not be there."""
        return self.root / self.name

    @property
    def segment_path(self) -> Path:
        """Of the compressed file, which may not be there."""
        return segment_path(self.root, self.name)

    @property
    def base(self) -> int:
        """How much of it is compressed: where the plain file begins."""
        return 0 if self.segment is None else self.segment.size

    @property
    def plain_size(self) -> int:
        return self.size - self.base

    @property
    def disk_size(self) -> int:
        return self.size if self.segment is None else self.plain_size + self.segment.disk_size

    @property
    def fault(self) -> str | None:
        """What is wrong with its compressed file, if anything."""
        return None if self.segment is None else self.segment.fault

    @property
    def ended(self) -> datetime | None:
        """When it was over, in UTC; None for what is never over."""
        if self.calendar_day is None or self.calendar_day == date.max:
            return None
        return datetime.combine(self.calendar_day, time.min, UTC) + timedelta(days=1)

    def with_plain_size(self, size: int) -> "Day":
        """The day once its plain file has this length."""
        return Day(self.root, self.name, self.base + size, self.segment, self.calendar_day)

    def last_id(self) -> str | None:
        """The id of the last line of its plain file, if it is one of ours."""
        with contextlib.suppress(OSError), open(self.path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = os.pread(file.fileno(), LINE_HEAD, last_line_end(file.fileno(), max(0, size - 1)))
            if head.startswith(LINE_START):
                return head[LINE_ID].decode(errors="replace")
        return None

    def blocks(self, start: int, end: int, size: int = BLOCK) -> Iterator[bytes]:
        """Its content from one offset to another.

        Raises UnreadableDay when the segment holds less than it should, FileNotFoundError when a file is gone. A plain
        file that has become shorter ends it.
        """
        base = self.base
        if self.segment is not None and start < base:
            yield from self.segment.blocks(start, min(end, base), size)
        if end > base:
            with open(self.path, "rb") as file:
                yield from plain_blocks(file, max(start - base, 0), end - base, size)

    def line_at(self, start: int) -> bytes:
        """The line that begins at this offset, with its LF. Raises as `blocks` does."""
        base = self.base
        if self.segment is not None and start < base:
            return first_line(self.segment.blocks_from(start))
        with open(self.path, "rb") as file:
            return first_line(plain_blocks(file, start - base, self.size - base))


def segment_path(root: Path, name: str) -> Path:
    """Where the compressed file of a day of this name lies, if there is one."""
    return root / f"{name}{COMPRESSED}"
