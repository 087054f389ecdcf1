"""Reading one day: every line, its seal, what the index holds of it; in blocks, however large it is.

Lines in our own form are decoded a block at a time, others one by one as the index reads them: 2 million lines, 749 MB,
take 11.6 s of processor time and 250 MB of memory. Beside a running server a day may be pruned, compressed or sealed
while it is read: there, only faults count that two readings in a row find.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import zstandard

from logstream.entries.entry import LogEntry
from logstream.stores.journal import recovery, segment
from logstream.stores.journal.blocks import last_line_end, plain_blocks, whole_lines
from logstream.stores.journal.day import segment_path
from logstream.stores.journal.line_reader import DamagedLine, has_id, read_line
from logstream.stores.journal.naming import Naming
from logstream.stores.journal.seals import DamagedSeal, DaySeal, Measure, Seals
from logstream.stores.journal.segment import Segment
from logstream.verification.doubles import Doubles
from logstream.verification.findings import DayReport, Finding, Findings, SealState

ATTEMPTS: Final = 5
"""How often a day is read beside a running server, at most."""

_decode_lines = msgspec.json.Decoder(LogEntry).decode_lines


class Indexed(NamedTuple):
    """What the index says of a day: how far it has read, how many entries it found, whether it is to read it anew."""

    size: int
    entries: int
    changing: bool


class Journal(NamedTuple):
    """A journal to be verified; `running`: a server is using it."""

    root: Path
    naming: Naming
    running: bool


class Checked(NamedTuple):
    """What came of a day."""

    report: DayReport
    faults: Findings
    notes: Findings


def unpacked_size(journal: Journal, name: str) -> int:
    """How much there is to read of a day, as far as can be told beforehand."""
    size = 0
    packed = segment_path(journal.root, name)
    if packed.exists():
        seal = segment.read_seal(packed)
        size += packed.stat().st_size if seal is None else seal.size
    path = journal.root / name
    return size + (path.stat().st_size if path.exists() else 0)


def check_day(
    journal: Journal, name: str, indexed: Indexed | None, doubles: Doubles, advance: Callable[[int], None]
) -> Checked | None:
    """Read a day; None when it is gone. `advance` gets the bytes of each step."""
    found_before: list[Finding] | None = None
    for attempt in range(ATTEMPTS if journal.running else 1):
        reading = _Reading(journal, name, indexed, doubles, advance if attempt == 0 else lambda size: None)
        checked = reading.read()
        found = [] if checked is None else list(checked.faults)
        if not found or found == found_before:
            break
        if attempt + 1 < ATTEMPTS and journal.running:
            reading.forget()
            found_before = found
    return checked


class _Reading:
    """One reading of one day."""

    def __init__(
        self, journal: Journal, name: str, indexed: Indexed | None, doubles: Doubles, advance: Callable[[int], None]
    ) -> None:
        self._journal = journal
        self._name = name
        self._day = journal.naming.date_in(name)
        self._day_text = None if self._day is None else self._day.isoformat()
        self._indexed = indexed
        self._doubles = doubles
        self._advance = advance
        self._plain = journal.root / name
        self._packed = segment_path(journal.root, name)
        self._mark: int | None = None
        self.file = self._plain
        self.faults = Findings()
        self.notes = Findings()
        self._files: list[str] = []
        self._lines = self._entries = 0
        self._line = 0  # of this file
        self._entries_at_mark: int | None = None
        self._is_damaged = False
        self._seal: SealState = "open"
        self._measure = Measure()

    def read(self) -> Checked | None:
        try:
            self._read()
        except FileNotFoundError:
            if not (self._plain.exists() or self._packed.exists()):
                return None
            self.faults.add("unreadable", self.file, "went away while it was read")
        except OSError as error:
            self.faults.add("unreadable", self.file, f"can't be read: {error.strerror or error}")
        measure = self._measure
        report = DayReport(
            self._name, self._files, self._lines, self._entries, measure.size, self._seal, not self.faults
        )
        return Checked(report, self.faults, self.notes)

    def _read(self) -> None:
        sealed = self._read_seal()
        self._measure = Measure(sealed)
        if self._indexed is not None and self._indexed.size == 0:
            self._entries_at_mark = 0
        has_packed, has_plain = self._which_count()
        if has_packed:
            self._read_packed(sealed)
        if has_plain:
            self._read_plain()
        self._judge_seal(sealed)
        self._judge_index()

    def forget(self) -> None:
        """It is read again: take its ids back."""
        if self._mark is not None:
            self._doubles.forget(self._mark)

    def _read_seal(self) -> DaySeal | None:
        seals = Seals(self._journal.root)
        try:
            return seals.read(self._name)
        except DamagedSeal as error:
            why = f"{error}. It proves nothing any more; --repair sets it aside and seals the day as it is now"
            self.faults.add("seal", seals.path(self._name), why)
            return None

    def _which_count(self) -> tuple[bool, bool]:
        """Which of the two files hold lines of their own: a crash may have left one of them a copy of the other."""
        if not (self._packed.exists() and self._plain.exists()):
            return self._packed.exists(), self._plain.exists()
        seal = segment.read_seal(self._packed)
        if seal is not None and segment.was_taken_in(self._plain, seal):
            if segment.reads_as(self._packed, seal):
                self._tell_copy(self._plain, self._packed)
                return True, False
            if seal.taken < seal.size:
                why = f"it holds the last lines of {self._packed.name}, which is damaged, and was left for that"
                self.faults.add("both", self._plain, f"{why}. Restore that file from a backup")
                return True, False
        if recovery.holds_all(self._plain, self._packed, seal):
            self._tell_copy(self._packed, self._plain)
            return False, True
        return True, True

    def _tell_copy(self, file: Path, other: Path) -> None:
        if not self._journal.running:  # it is about to remove it
            why = f"its lines are all in {other.name}"
            self.faults.add("both", file, f"{why}; the next start of the server, or --repair, removes it")

    def _begin(self, file: Path) -> None:
        self.file = file
        self._files.append(str(file))
        self._line = 0
        mark = self._doubles.begin(file)
        if self._mark is None:
            self._mark = mark

    def _read_packed(self, sealed: DaySeal | None) -> None:
        self._begin(self._packed)
        own = segment.read_seal(self._packed)
        digest = None if own is None or (sealed is not None and sealed.size >= own.size) else segment.new_digest()
        size = 0
        fault: str | None = None
        try:
            for text in whole_lines(segment.decompressed(self._packed)):
                if not text.endswith(b"\n"):
                    fault = "it ends in the middle of a line"
                    break
                size += len(text)
                if digest is not None:
                    digest.update(text)
                self._take(text)
        except zstandard.ZstdError as error:
            fault = str(error)
        if fault is None and own is not None:
            if size != own.size:
                fault = f"it holds {size:,} of {own.size:,} bytes"
            elif digest is not None and digest.digest() != own.digest:
                fault = "its content is not what was compressed"
        if fault is None and not size and own is None and self._packed.stat().st_size:
            fault = "nothing of it unpacks"
        if fault is not None:
            self._salvage(size, fault, sealed)

    def _salvage(self, size: int, fault: str, sealed: DaySeal | None) -> None:
        """Read what unpacks behind damage."""
        self._is_damaged = True
        damaged_at = self._line + 1
        for text in Segment(self._packed, 0, 0).salvaged(size):
            self._take(text)
        known = "" if sealed is None else f" of {sealed.lines:,}"
        why = f"damaged from here on: {fault}; {self._line:,}{known} lines unpack and are searched"
        remedy = "restore the file from a backup, or --repair writes it anew from what unpacks and keeps the original"
        self.faults.add("damaged", self._packed, f"{why}. To mend it, {remedy}", damaged_at)

    def _read_plain(self) -> None:
        self._begin(self._plain)
        with open(self._plain, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            whole = last_line_end(file.fileno(), size)
            for text in whole_lines(plain_blocks(file, 0, whole)):
                if not text.endswith(b"\n"):
                    break  # it has become shorter meanwhile: a write that failed was taken back
                self._take(text)
            tail = os.pread(file.fileno(), size - whole, whole)
        if not tail or self._journal.running:  # it is being written
            return
        if recovery.holds_object(tail):
            self._take(tail)
            return
        why = f"the file ends in {len(tail):,} bytes without an end of line: torn by a crash, never acknowledged"
        self.faults.add(
            "torn",
            self._plain,
            f"{why}. The next start of the server, or --repair, moves them to recovered",
            self._line + 1,
        )

    def _take(self, text: bytes) -> None:
        """Take in whole lines; where the index has read to is told apart."""
        if self._indexed is not None and self._entries_at_mark is None:
            until = self._indexed.size - self._measure.size
            if until <= len(text):
                self._take_lines(text[:until])
                self._entries_at_mark = self._entries
                text = text[until:]
        if text:
            self._take_lines(text)

    def _take_lines(self, text: bytes) -> None:
        offset = self._measure.size
        before = self._measure.lines
        self._measure.add(text)
        self._advance(len(text))
        count = self._measure.lines - before + (not text.endswith(b"\n"))
        entries = _decoded(text)
        if entries is None or len(entries) != count:
            self._take_one_by_one(text, offset)
        else:
            self._doubles.add([entry.id or None for entry in entries])
            self._entries += count
            day = self._day_text
            odd = [n for n, entry in enumerate(entries) if entry.timestamp[:10] != day or entry.timestamp[-1:] != "Z"]
            if day is not None and odd:
                lines = text.split(b"\n")
                for n in odd:
                    self._check_odd(lines[n], offset, self._line + 1 + n)
        self._line += count
        self._lines += count

    def _take_one_by_one(self, text: bytes, offset: int) -> None:
        ids: list[str | None] = []
        for number, line in enumerate(text.removesuffix(b"\n").split(b"\n"), self._line + 1):
            entry = self._check_odd(line, offset, number) if line.strip() else None
            ids.append(entry.id if entry is not None and has_id(line) else None)
            self._entries += entry is not None
            offset += len(line) + 1
        self._doubles.add(ids)

    def _check_odd(self, line: bytes, offset: int, number: int) -> LogEntry | None:
        """The entry of one line, as the index reads it, if it is one; told when it lies in the wrong day."""
        try:
            entry = read_line(line, self._name, offset)
        except DamagedLine as error:
            why = f"not an entry, left out of searches: {error}"
            self.faults.add("line", self.file, f"{why}. It stays as it is; correct it by hand if you can", number)
            return None
        if self._day_text is not None and entry.timestamp[:10] != self._day_text:
            why = (
                f"an entry of {entry.timestamp[:10]} in the file of another day; searches and retention go by its time"
            )
            self.faults.add("day", self.file, why, number)
        return entry

    def _judge_seal(self, sealed: DaySeal | None) -> None:
        if sealed is None:
            if _has_ended(self._day) and self._measure.size:
                self._seal = "not sealed"
                self.notes.add("unsealed", self.file, "not sealed yet: a running server, or --repair, seals it")
        elif self._measure.differs:
            self._seal = "differs"
            if self._is_damaged:
                return  # said already
            now = self._measure
            held = f"{sealed.lines:,} lines, {sealed.size:,} bytes"
            holds = f"{now.lines:,} lines, {now.size:,} bytes" if now.size < sealed.size else "other content"
            path = Seals(self._journal.root).path(self._name)
            why = f"not what was sealed when the day was closed ({held}; now {holds}): changed by damage or by hand"
            remedy = f"Restore it from a backup; if the change was meant, remove {path}, and it is sealed as it is now"
            self.faults.add("seal", Path(self._files[0]), f"{why}. {remedy}")
        else:
            self._seal = "sealed" if self._measure.size == sealed.size else "late lines"

    def _judge_index(self) -> None:
        if self._indexed is None or self._is_damaged:
            return
        if self._indexed.changing:
            self.notes.add("index", self.file, "the next start of the server reads it anew for the index")
        elif self._entries_at_mark is None:
            missing = self._indexed.size - self._measure.size
            why = f"the index has read {missing:,} bytes more than there are: lines are gone, by damage or by hand"
            self.faults.add("index", self.file, f"{why}. The next start of the server indexes what is there")
        elif self._entries_at_mark != self._indexed.entries:
            why = f"the index has {self._indexed.entries:,} entries where the file has {self._entries_at_mark:,}"
            remedy = "--repair sets the index aside; the next start of the server, or logstream reindex, builds it anew"
            self.faults.add("index", self.file, f"{why}; {remedy}")
        elif self._indexed.size < self._measure.size:
            self.notes.add("index", self.file, "not all indexed yet; the next start of the server does it")


def _decoded(text: bytes) -> list[LogEntry] | None:
    """The entries of lines in our own form; None when one of them is not."""
    try:
        if not text.isascii():
            text.decode()
        entries: list[LogEntry] = _decode_lines(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return entries


def _has_ended(day: date | None) -> bool:
    return day is not None and day < datetime.now(UTC).date()
