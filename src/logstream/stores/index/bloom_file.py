"""The file of Bloom filters beside the index, and the table in the index that says which of them is whose.

Filters are written and flushed before the table names them, in one transaction: what stands behind the last that it
names was never finished. A file that is missing, or another than the table is of, is begun anew, and so it is for a
filter that is not what was written: checksums are looked at after each start, before a filter is used.
"""

import contextlib
import logging
import mmap
import os
import secrets
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from logstream.stores.index.bits import MOST_BITS
from logstream.stores.index.transaction import transaction
from logstream.stores.journal.modes import FILE_MODE

log = logging.getLogger("logstream.index")

HEADER: Final = 64
"""Bytes before the first filter: what the file is, and of which table."""

GROWTH: Final = 16 * 1024 * 1024
"""Bytes by which the file grows, most of them not there as yet: so it is rarely mapped anew."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS bloom_file (nonce VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS blooms (
    first INTEGER NOT NULL, last INTEGER NOT NULL, place BIGINT NOT NULL, bytes INTEGER NOT NULL,
    checksum UINTEGER NOT NULL, knows_texts BOOLEAN NOT NULL, knows_members BOOLEAN NOT NULL
);
"""


class Filter(NamedTuple):
    """The filter of a block: of the entries that some loads have brought."""

    first: int
    last: int
    """The numbers of its loads."""
    bits: bytes
    """A power of two of bits, see `bits.BitTable`."""
    knows_texts: bool
    """Whether no message and no trace has what is not in it."""
    knows_members: bool
    """Whether no context has."""


Rows = npt.NDArray[np.void]
"""Rows of the table: filters, and where their bits are."""

_ROW: Final = np.dtype(
    [
        ("first", np.int64),
        ("last", np.int64),
        ("place", np.int64),
        ("bytes", np.int64),
        ("checksum", np.uint32),
        ("knows_texts", np.bool_),
        ("knows_members", np.bool_),
    ]
)
_NONE: Final = np.zeros(0, _ROW)


class Filters:
    """Filters that can be relied on, oldest first. In any thread."""

    def __init__(self, rows: Rows = _NONE, file: mmap.mmap | None = None) -> None:
        self.first, self.last = rows["first"], rows["last"]
        self.knows_texts, self.knows_members = rows["knows_texts"], rows["knows_members"]
        self._places = rows["place"]
        self._shifts = MOST_BITS - 3 - np.log2(np.maximum(rows["bytes"], 1)).astype(np.int64)
        self._bytes = np.frombuffer(b"" if file is None else file, np.uint8)

    def __len__(self) -> int:
        return len(self.first)

    def having(self, places: Sequence[int]) -> npt.NDArray[np.bool_]:
        """Which of them have all of these bits."""
        left = np.arange(len(self))
        for place in places:
            bits = place >> self._shifts[left]
            left = left[self._bytes[self._places[left] + (bits >> 3)] >> (bits & 7) & 1 == 1]
        found = np.zeros(len(self), np.bool_)
        found[left] = True
        return found


class BloomFile:
    """The file `path` and the table in `db`; in the index thread. Raises OSError when the file can't be used."""

    def __init__(self, path: Path, db: duckdb.DuckDBPyConnection) -> None:
        self._path = path
        self._db = db
        self._rows = _NONE
        self._checked = 0
        """How many of the rows are known to be what was written."""
        self._end = HEADER
        self._map: mmap.mmap | None = None
        db.execute(_SCHEMA)
        # Of what a start found missing, the numbers of loads are given out again.
        db.execute("DELETE FROM blooms WHERE last > (SELECT coalesce(max(load), 0) FROM entries)")
        rows = np.array(db.execute("SELECT * FROM blooms ORDER BY first").fetchall(), _ROW)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            if os.pread(self._fd, HEADER, 0) == _header(self._nonce()) and _end(rows) <= os.fstat(self._fd).st_size:
                self._rows, self._end = rows, _end(rows)
            else:
                if len(rows):
                    log.warning("%s is missing or damaged; searches for texts are slower until it is made anew", path)
                self._begin()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def last_load(self) -> int:
        """Up to which load there are filters."""
        return int(self._rows["last"][-1]) if len(self._rows) else 0

    @property
    def is_checked(self) -> bool:
        return self._checked == len(self._rows)

    def check(self, count: int) -> bool:
        """Look at the checksums of so many more filters; begins anew, and returns False, where one is wrong."""
        for row in self._rows[self._checked : self._checked + count]:
            if zlib.crc32(self._bits(row)) != row["checksum"]:
                log.warning("%s is damaged; searches for texts are slower until it is made anew", self._path)
                self._begin()
                return False
        self._checked = min(self._checked + count, len(self._rows))
        return True

    def add(self, filters: Sequence[Filter]) -> None:
        """Add filters of what was loaded since; once all others are checked."""
        rows: list[tuple[int, ...]] = []
        end = self._end
        for first, last, bits, *knows in filters:
            os.pwrite(self._fd, bits, end)
            rows.append((first, last, end, len(bits), zlib.crc32(bits), *knows))
            end += len(bits)
        self._name(np.array(rows, _ROW))

    def filters(self) -> Filters:
        """Those that are checked."""
        if not self._checked:
            return Filters()
        if self._map is None or len(self._map) < self._end:
            size = -(-self._end // GROWTH) * GROWTH
            os.ftruncate(self._fd, size)
            self._map = mmap.mmap(self._fd, size, prot=mmap.PROT_READ)
            with contextlib.suppress(OSError):
                self._map.madvise(mmap.MADV_RANDOM)
        return Filters(self._rows[: self._checked], self._map)

    def drop(self, first_load: int) -> None:
        """Let go of filters whose entries are all gone, those before this load, once all are checked.

        The file is packed when half of it is free.
        """
        kept = self._rows[self._rows["last"] >= first_load]
        if len(kept) == len(self._rows) or not self.is_checked:
            return
        if 2 * int(kept["bytes"].sum()) < self._end - HEADER:
            self._pack(kept)
        else:
            self._db.execute("DELETE FROM blooms WHERE last < ?", [first_load])
            self._rows, self._checked = kept, len(kept)

    def _pack(self, kept: Rows) -> None:
        """Write what is kept to a new file; ended in between, the table is of another file, and all begins anew."""
        before = os.dup(self._fd)
        try:
            self._begin()
            rows = kept.copy()
            rows["place"] = HEADER + np.cumsum(kept["bytes"]) - kept["bytes"]
            for row, was in zip(rows, kept, strict=True):
                os.pwrite(self._fd, os.pread(before, int(was["bytes"]), int(was["place"])), int(row["place"]))
            self._name(rows)
        finally:
            os.close(before)

    def _begin(self) -> None:
        """Begin anew, with no filters and in another file: who searches goes on with the one that was."""
        self._rows, self._checked, self._end, self._map = _NONE, 0, HEADER, None
        nonce = secrets.token_hex(8)
        temporary = self._path.with_name(self._path.name + ".tmp")
        self.close()
        self._fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
        os.pwrite(self._fd, _header(nonce), 0)
        os.fdatasync(self._fd)
        os.replace(temporary, self._path)
        with transaction(self._db):
            self._db.execute("DELETE FROM blooms")
            self._db.execute("DELETE FROM bloom_file")
            self._db.execute("INSERT INTO bloom_file VALUES (?)", [nonce])

    def _name(self, rows: Rows) -> None:
        """Have the table name filters that were written."""
        os.fdatasync(self._fd)
        with transaction(self._db):
            for row in rows.tolist():
                self._db.execute("INSERT INTO blooms VALUES (?, ?, ?, ?, ?, ?, ?)", list(row))
        self._rows = np.concatenate((self._rows, rows))
        self._checked, self._end = len(self._rows), _end(self._rows)

    def _bits(self, row: np.void) -> bytes:
        return os.pread(self._fd, int(row["bytes"]), int(row["place"]))

    def _nonce(self) -> str:
        row = self._db.execute("SELECT nonce FROM bloom_file").fetchone()
        return "" if row is None else str(row[0])


def _header(nonce: str) -> bytes:
    return f"logstream bloom filters 1 {nonce}\n".encode().ljust(HEADER, b"\0")


def _end(rows: Rows) -> int:
    return int((rows["place"] + rows["bytes"]).max()) if len(rows) else HEADER
