"""The idempotency ledger: which Idempotency-Key was answered how, for 24 hours, through restarts and crashes.

A claim becomes durable before the lines it stands for are written, together with where they will lie. At the next
start the claims of the last group are compared with the journal: what is incomplete was never acknowledged and is taken
back, lines and claim together. So a key and its lines are both there or both not. SQLite keeps it: a well-known
transactional file, off the hot path, since only requests with a key come here.
"""

import os
import sqlite3
import threading
import time
import zlib
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import zstandard

from logstream.entries.entry import LINE_HEAD
from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.journal import recovery
from logstream.stores.journal.naming import state_folder

KEEP_SECONDS: Final = 24 * 3600
_PURGE_EVERY: Final = 600

_NOWHERE: Final = msgspec.msgpack.encode([])
"""The extents of a claim that need not be looked at again."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS claims (
    client TEXT NOT NULL, key TEXT NOT NULL, claimed_at REAL NOT NULL, commit_group INTEGER NOT NULL,
    number INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, places BLOB NOT NULL,
    PRIMARY KEY (client, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claims_claimed_at ON claims (claimed_at);
CREATE INDEX IF NOT EXISTS claims_commit_group ON claims (commit_group);
"""


class Extent(NamedTuple):
    """Where lines lie, or will lie, in the journal, and how to tell that they are the ones."""

    name: str
    offset: int
    """In the plain file. What is compressed is no longer looked for: see `settle`."""
    length: int
    head: bytes
    """The first bytes, which hold the first id: nobody else's lines start like this."""
    crc: int

    @classmethod
    def of(cls, name: str, offset: int, lines: bytes) -> "Extent":
        """That of lines in the file of this name, from this offset on."""
        return cls(name, offset, len(lines), lines[:LINE_HEAD], zlib.crc32(lines))


class IdempotencyLedger:
    """The ledger in the SQLite file `path`. Thread-safe: the writer thread holds and voids, others look up."""

    @classmethod
    def of(cls, root: Path, *, sync: bool = True) -> "IdempotencyLedger":
        """The ledger of the journal in `root`."""
        return cls(state_folder(root) / "idempotency.sqlite", sync=sync)

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        self.path = path
        self._sync = sync
        self._lock = threading.Lock()
        self._voided: set[tuple[str, str]] = set()
        self._purged_at = 0.0

    def open(self) -> None:
        """Open or create the file. Raises sqlite3.Error when it can't be used."""
        self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(f"PRAGMA synchronous={'FULL' if self._sync else 'OFF'}")
        self._db.executescript(_SCHEMA)
        self._group = int(self._db.execute("SELECT coalesce(max(commit_group), 0) FROM claims").fetchone()[0])

    def close(self) -> None:
        self._db.close()

    def recover(self, root: Path) -> int:
        """Take back the claims of the last group whose lines are not all in the journal in `root`; returns how many.

        Before any write.
        """
        rows = self._db.execute(
            "SELECT client, key, places FROM claims WHERE commit_group = ? ORDER BY number", (self._group,)
        ).fetchall()
        taken_back = 0
        for client, key, packed in rows:
            extents = _unpack(packed)
            if all(_is_whole(root, extent) for extent in extents):
                continue
            for extent in extents:
                if _is_begun(root, extent):
                    recovery.cut(root / extent.name, extent.offset)
            self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", (client, key))
            taken_back += 1
        return taken_back

    def receipt_for(self, client: str, key: str) -> Receipt | None:
        """The receipt that was kept with a key. Raises StoreUnavailable."""
        try:
            with self._lock:
                if (client, key) in self._voided:
                    return None
                row = self._db.execute(
                    "SELECT status, body FROM claims WHERE client = ? AND key = ? AND claimed_at > ?",
                    (client, key, time.time() - KEEP_SECONDS),
                ).fetchone()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"the idempotency ledger can't be read: {error}") from None
        return None if row is None else Receipt(row[0], zstandard.decompress(row[1]))

    def claims(self, after: int) -> tuple[list[tuple[str, str, list[Extent]]], int]:
        """Client, key and extents of the claims of later groups than `after`, and the last group."""
        with self._lock:
            rows = self._db.execute(
                "SELECT client, key, places FROM claims WHERE commit_group > ?", (after,)
            ).fetchall()
            return [(client, key, _unpack(packed)) for client, key, packed in rows], self._group

    def claim_at(self, client: str, key: str, name: str, offset: int) -> Claim | None:
        """The claim, if its lines begin at this offset of this file."""
        with self._lock:
            row = self._db.execute(
                "SELECT status, body, places FROM claims WHERE client = ? AND key = ?", (client, key)
            ).fetchone()
            if row is None or (client, key) in self._voided:
                return None
        status, body, packed = row
        if not any((extent.name, extent.offset) == (name, offset) for extent in _unpack(packed)):
            return None
        return Claim(client, key, Receipt(status, zstandard.decompress(body)))

    def hold(self, claims: list[tuple[Claim, list[Extent]]]) -> None:
        """Make claims durable. In the writer thread, before their lines are written."""
        now = time.time()
        purge = now - self._purged_at > _PURGE_EVERY
        compress = zstandard.ZstdCompressor(level=1).compress
        with self._lock:
            self._group += 1
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for voided in self._voided:
                    self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", voided)
                if purge:
                    self._db.execute("DELETE FROM claims WHERE claimed_at < ?", (now - KEEP_SECONDS,))
                self._db.executemany(
                    "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            claim.client,
                            claim.key,
                            now,
                            self._group,
                            number,
                            claim.receipt.code,
                            compress(claim.receipt.content),
                            msgspec.msgpack.encode(extents),
                        )
                        for number, (claim, extents) in enumerate(claims)
                    ],
                )
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._voided.clear()
            if purge:
                self._purged_at = now

    def void(self, claims: list[Claim]) -> None:
        """Take back what `hold` got: the lines were not stored."""
        with self._lock:
            self._voided.update((claim.client, claim.key) for claim in claims)
            try:
                for voided in list(self._voided):
                    self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", voided)
                    self._voided.discard(voided)
            except sqlite3.Error:
                pass  # the disk is full: the next `hold` deletes them before anything else

    def settle(self) -> None:
        """Remember, durably, that all lines so far are whole: a file is about to be replaced, which moves them."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for voided in self._voided:
                    self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", voided)
                self._db.execute(
                    "UPDATE claims SET places = ? WHERE commit_group = ? AND places <> ?",
                    (_NOWHERE, self._group, _NOWHERE),
                )
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._voided.clear()


def _unpack(extents: bytes) -> list[Extent]:
    return msgspec.msgpack.decode(extents, type=list[Extent])


def _is_whole(root: Path, extent: Extent) -> bool:
    return zlib.crc32(_read(root, extent, extent.length)) == extent.crc


def _is_begun(root: Path, extent: Extent) -> bool:
    return _read(root, extent, len(extent.head)) == extent.head


def _read(root: Path, extent: Extent, length: int) -> bytes:
    try:
        with open(root / extent.name, "rb") as file:
            return os.pread(file.fileno(), length, extent.offset)
    except FileNotFoundError:
        return b""
