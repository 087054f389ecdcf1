"""Seals: what closed days held, so that a changed byte is found even where its line still parses.

A seal covers the unpacked lines of a day from its beginning: their length, number and SHA-256 (of what is at hand it is
the fastest, 1.25 GB/s, and `zstdcat | sha256sum` gives it too). Lines that come late lie behind what it covers and
leave it true, so appending costs nothing; compressing changes no line. Only pruning changes what is covered: the seal
goes first. Each is a file that names its day, so that a copy of some days and their seals can be verified anywhere.
"""

import hashlib
import logging
import re
import threading
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from logstream.stores.journal.durable_names import keep_durably
from logstream.stores.journal.flushed_file import sync_folder
from logstream.stores.journal.naming import seal_folder
from logstream.stores.journal.segment import UnreadableDay

log = logging.getLogger("logstream.days")

_FILE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\.json")


class DaySeal(msgspec.Struct, frozen=True):
    """What a day held from its beginning when it was sealed."""

    size: int
    """Bytes of whole lines, unpacked."""
    lines: int
    sha256: str


class _Kept(msgspec.Struct, frozen=True):
    """The file: a seal, when it was made, and a CRC-32, by which a damaged seal is told from a damaged day."""

    day: str
    size: int
    lines: int
    sha256: str
    sealed_at: str
    crc: int = 0

    def checksum(self) -> int:
        return zlib.crc32(msgspec.json.encode(msgspec.structs.replace(self, crc=0)))


class DamagedSeal(ValueError):
    """The file of a seal is not what was written; the text says why."""


class NotAsSealed(UnreadableDay):
    """What was sealed of a day is not what it was."""

    def __init__(self) -> None:
        super().__init__("it is not what was sealed when it was closed; see logstream verify")


class Measure:
    """Takes in the lines of a day from its beginning, and compares them on the way with the seal it has, if any."""

    def __init__(self, expected: DaySeal | None = None) -> None:
        self._expected = expected
        self._digest = hashlib.sha256()
        self._matches = expected is None
        self.size = 0
        self.lines = 0

    def add(self, block: bytes) -> None:
        if self._expected is not None and not self._matches:
            covered = self._expected.size - self.size
            if 0 < covered <= len(block):
                self._take(block[:covered])
                self._matches = self.seal() == self._expected
                block = block[covered:]
        self._take(block)

    def _take(self, block: bytes) -> None:
        self._digest.update(block)
        self.size += len(block)
        self.lines += block.count(b"\n")

    def seal(self) -> DaySeal:
        """Of all that was taken in so far."""
        return DaySeal(self.size, self.lines, self._digest.hexdigest())

    @property
    def differs(self) -> bool:
        """Whether what was taken in is not what was sealed, or less than that."""
        return not self._matches

    def check(self) -> None:
        """Raises NotAsSealed when it differs."""
        if self.differs:
            raise NotAsSealed


class Seals:
    """The seals of the journal in `root`. Thread-safe; one at a time seals or prunes a day."""

    def __init__(self, root: Path) -> None:
        self._folder = seal_folder(root)
        self._lock = threading.Lock()
        self._sizes: dict[str, int] = {}

    def names(self) -> list[str]:
        """The days that have one, oldest first."""
        matches = (_FILE.fullmatch(path.name) for path in self._folder.glob("*.json"))
        return sorted("/".join(match.groups()) + ".jsonl" for match in matches if match is not None)

    def path(self, name: str) -> Path:
        """Where the seal of a day lies, if it has one."""
        return self._folder / (name.removesuffix(".jsonl").replace("/", "-") + ".json")

    def read(self, name: str) -> DaySeal | None:
        """The seal of a day; None where there is none. Raises DamagedSeal, or OSError when it can't be read."""
        try:
            kept = msgspec.json.decode(self.path(name).read_bytes(), type=_Kept)
        except FileNotFoundError:
            return None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DamagedSeal(f"{self.path(name)} is damaged: {error}") from None
        if kept.checksum() != kept.crc or kept.day != name:
            raise DamagedSeal(f"{self.path(name)} is damaged: its checksum does not fit")
        return DaySeal(kept.size, kept.lines, kept.sha256)

    def trusted(self, name: str) -> DaySeal | None:
        """As `read`, for who works with the day: a damaged seal is said, set aside, and proves nothing any more."""
        try:
            return self.read(name)
        except DamagedSeal as error:
            aside = self.set_aside(name)
            log.error("%s, and was set aside as %s", error, aside)
            return None

    def size(self, name: str) -> int:
        """How much of a day is sealed. Read once, then remembered, unless somebody removes the seal."""
        if not self.path(name).exists():
            return 0
        size = self._sizes.get(name)
        if size is None:
            seal = self.trusted(name)
            with self._lock:
                size = self._sizes.setdefault(name, 0 if seal is None else seal.size)
        return size

    def keep(self, name: str, seal: DaySeal) -> None:
        """Make this the seal of a day, durably. Raises OSError."""
        sealed_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        kept = _Kept(name, seal.size, seal.lines, seal.sha256, sealed_at)
        kept = msgspec.structs.replace(kept, crc=kept.checksum())
        keep_durably(self.path(name), msgspec.json.encode(kept) + b"\n")
        with self._lock:
            self._sizes[name] = seal.size

    def remove(self, name: str) -> None:
        """Unseal a day, durably, because what its seal covers is about to change. Raises OSError."""
        if self.path(name).exists():
            self.path(name).unlink()
            sync_folder(self._folder)
        with self._lock:
            self._sizes.pop(name, None)

    def set_aside(self, name: str) -> Path:
        """Rename the damaged seal of a day. Raises OSError."""
        path = self.path(name)
        aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
        path.rename(aside)
        sync_folder(self._folder)
        return aside
