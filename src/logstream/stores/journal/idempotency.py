"""The idempotency ledger: which Idempotency-Key was answered how, for 24 hours, through restarts and crashes.

A claim becomes durable before the lines it stands for are written, together with the place they will have. At the next
start the claims of the last group are compared with the journal: what is incomplete was never acknowledged and is taken
back, lines and claim together. So a key and its lines are both there or both not. SQLite keeps it: a well-known
transactional file, off the hot path, since only requests with a key come here. Before a day file is replaced, which
moves its lines, the claims of the last group are noted as whole.
"""

import os
import sqlite3
import threading
import time
import zlib
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from logstream.store import Claim, Receipt
from logstream.stores.journal.journal import Journal, Place

KEEP_SECONDS: Final = 24 * 3600
_PURGE_EVERY: Final = 600

_NOWHERE: Final = msgspec.msgpack.encode([])
"""The places of a claim that need not be looked at again."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS claims (
    client TEXT NOT NULL, key TEXT NOT NULL, claimed_at REAL NOT NULL, commit_group INTEGER NOT NULL,
    number INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, places BLOB NOT NULL,
    PRIMARY KEY (client, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claims_claimed_at ON claims (claimed_at);
CREATE INDEX IF NOT EXISTS claims_commit_group ON claims (commit_group);
"""


class SqliteLedger:
    """The ledger in one SQLite file. Thread-safe: the writer thread holds and voids, others look up."""

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

    def recover(self, journal: Journal) -> int:
        """Take back the claims of the last group whose lines are not all there; returns how many. Before any write."""
        rows = self._db.execute(
            "SELECT client, key, places FROM claims WHERE commit_group = ? ORDER BY number", (self._group,)
        ).fetchall()
        taken_back = 0
        for client, key, packed in rows:
            places = msgspec.msgpack.decode(packed, type=list[Place])
            if all(_is_whole(journal, place) for place in places):
                continue
            for place in places:
                if _is_begun(journal, place):
                    journal.cut(place.name, place.offset)
            self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", (client, key))
            taken_back += 1
        return taken_back

    def receipt_for(self, client: str, key: str) -> Receipt | None:
        with self._lock:
            if (client, key) in self._voided:
                return None
            row = self._db.execute(
                "SELECT status, body FROM claims WHERE client = ? AND key = ? AND claimed_at > ?",
                (client, key, time.time() - KEEP_SECONDS),
            ).fetchone()
        return None if row is None else Receipt(row[0], zstandard.decompress(row[1]))

    def claims(self, after: int) -> tuple[list[tuple[str, str, list[Place]]], int]:
        """Client, key and places of the claims of later groups than `after`, and the last group."""
        with self._lock:
            rows = self._db.execute(
                "SELECT client, key, places FROM claims WHERE commit_group > ?", (after,)
            ).fetchall()
            return [
                (client, key, msgspec.msgpack.decode(packed, type=list[Place])) for client, key, packed in rows
            ], self._group

    def claim_at(self, client: str, key: str, place: tuple[str, int]) -> Claim | None:
        """The claim, if its lines begin at this file and offset."""
        with self._lock:
            row = self._db.execute(
                "SELECT status, body, places FROM claims WHERE client = ? AND key = ?", (client, key)
            ).fetchone()
            if row is None or (client, key) in self._voided:
                return None
        status, body, packed = row
        if place not in {(found.name, found.offset) for found in msgspec.msgpack.decode(packed, type=list[Place])}:
            return None
        return Claim(client, key, Receipt(status, zstandard.decompress(body)))

    def hold(self, claims: list[tuple[Claim, list[Place]]]) -> None:
        now = time.time()
        compress = zstandard.ZstdCompressor(level=1).compress
        with self._lock:
            self._group += 1
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for voided in self._voided:
                    self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", voided)
                if now - self._purged_at > _PURGE_EVERY:
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
                            msgspec.msgpack.encode(places),
                        )
                        for number, (claim, places) in enumerate(claims)
                    ],
                )
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._voided.clear()
            self._purged_at = now if now - self._purged_at > _PURGE_EVERY else self._purged_at

    def void(self, claims: list[Claim]) -> None:
        with self._lock:
            self._voided.update((claim.client, claim.key) for claim in claims)
            try:
                for voided in list(self._voided):
                    self._db.execute("DELETE FROM claims WHERE client = ? AND key = ?", voided)
                    self._voided.discard(voided)
            except sqlite3.Error:
                pass  # the disk is full: the next `hold` deletes them before anything else

    def settle(self) -> None:
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


def _read(journal: Journal, place: Place, length: int) -> bytes:
    try:
        with open(journal.root / place.name, "rb") as file:
            return os.pread(file.fileno(), length, place.offset)
    except FileNotFoundError:
        return b""


def _is_whole(journal: Journal, place: Place) -> bool:
    return zlib.crc32(_read(journal, place, place.length)) == place.crc


def _is_begun(journal: Journal, place: Place) -> bool:
    return _read(journal, place, len(place.head)) == place.head
