"""The idempotency ledger: which Idempotency-Key was answered how, for 24 hours, through restarts and crashes.

A claim becomes durable before the lines it stands for are written. With it, and for any lines that go to several files,
the ledger records where they will lie: the last group of them is what a start looks at, see `recovery`. So a request is
there as a whole or not at all. SQLite keeps it: a well-known transactional file, off the hot path, since requests
without a key that go to one file don't come here. A damaged file is set aside, never in the way.
"""

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import zstandard

from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.journal.extent import Extent
from logstream.stores.journal.naming import state_folder
from logstream.stores.journal.sqlite_file import SqliteFault, SqliteFile, transaction

KEEP_SECONDS: Final = 24 * 3600
_PURGE_EVERY: Final = 600

_SCHEMA: Final = (
    """
    CREATE TABLE IF NOT EXISTS claims (
        client TEXT NOT NULL, key TEXT NOT NULL, claimed_at REAL NOT NULL, commit_group INTEGER NOT NULL,
        number INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, places BLOB NOT NULL,
        PRIMARY KEY (client, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS claims_claimed_at ON claims (claimed_at)",
    "CREATE INDEX IF NOT EXISTS claims_commit_group ON claims (commit_group)",
    # The last group, request by request; a request without a key has neither client nor key.
    "CREATE TABLE last_group (number INTEGER PRIMARY KEY, client TEXT, key TEXT, places BLOB NOT NULL)",
    "CREATE TABLE last_group_state (state INTEGER NOT NULL)",
    "INSERT INTO last_group_state VALUES (0)",
    # What a version without these tables left.
    "INSERT INTO last_group SELECT number, client, key, places FROM claims "
    "WHERE commit_group = (SELECT max(commit_group) FROM claims)",
)

LedgerError: Final = SqliteFault
"""What any use of the ledger may raise: its file can't be used at the moment."""

Placed = tuple[Claim | None, list[Extent]]
"""A request that is about to be written: its claim, if it has a key, and where its lines will lie."""


class State(IntEnum):
    """What is known of the last group."""

    OPEN = 0
    """Nothing: its lines may be there or not."""
    ACKNOWLEDGED = 1
    """All its lines were durable."""
    FAILED = 2
    """It was refused, and what had been written of it could not be taken back."""


class Request(NamedTuple):
    """One request of a group: whose it is, if it had a key, and where its lines lie."""

    claim: tuple[str, str] | None
    extents: list[Extent]


class Group(NamedTuple):
    """The requests that were last recorded, in the order in which their lines lie."""

    state: State
    requests: list[Request]


class IdempotencyLedger:
    """The ledger in the SQLite file `path`. Thread-safe: the writer thread holds and voids, others look up.

    Methods that don't say otherwise raise LedgerError.
    """

    @classmethod
    def of(cls, root: Path, *, sync: bool = True) -> "IdempotencyLedger":
        """The ledger of the journal in `root`."""
        return cls(state_folder(root) / "idempotency.sqlite", sync=sync)

    def __init__(self, path: Path, *, sync: bool = True) -> None:
        self.path = path
        lost = "earlier keys are not known any more"
        self._file = SqliteFile(path, self._prepare, "the idempotency ledger", lost, sync=sync)
        self._group = 0
        self._voided: set[tuple[str, str]] = set()
        self._purged_at = 0.0

    def open(self) -> None:
        """Open or create the file. One that can't be used at the moment is opened when it is needed."""
        self._file.do(lambda db: None)

    def close(self) -> None:
        self._file.close()

    def last_group(self) -> Group | None:
        """The group that was recorded last, unless it has been settled."""

        def read(db: sqlite3.Connection) -> Group | None:
            rows = db.execute("SELECT client, key, places FROM last_group ORDER BY number").fetchall()
            (state,) = db.execute("SELECT state FROM last_group_state").fetchone()
            requests = [
                Request(None if key is None else (client, key), _unpack(places)) for client, key, places in rows
            ]
            return Group(State(state), requests) if requests else None

        return self._file.do(read)

    def receipt_for(self, client: str, key: str) -> Receipt | None:
        """The receipt that was kept with a key. Raises StoreUnavailable."""

        def read(db: sqlite3.Connection) -> Receipt | None:
            if (client, key) in self._voided:
                return None
            row = db.execute(
                "SELECT status, body FROM claims WHERE client = ? AND key = ? AND claimed_at > ?",
                (client, key, time.time() - KEEP_SECONDS),
            ).fetchone()
            return None if row is None else Receipt(row[0], zstandard.decompress(row[1]))

        try:
            return self._file.do(read)
        except LedgerError as error:
            raise StoreUnavailable(f"the idempotency ledger can't be read: {error}") from None

    def claims(self, after: int) -> tuple[list[tuple[str, str, list[Extent]]], int]:
        """Client, key and extents of the claims of later groups than `after`, and the last group."""

        def read(db: sqlite3.Connection) -> tuple[list[tuple[str, str, list[Extent]]], int]:
            rows = db.execute("SELECT client, key, places FROM claims WHERE commit_group > ?", (after,)).fetchall()
            return [(client, key, _unpack(places)) for client, key, places in rows], self._group

        return self._file.do(read)

    def claim_at(self, client: str, key: str, name: str, offset: int) -> Claim | None:
        """The claim, if its lines begin at this offset of this file."""

        def read(db: sqlite3.Connection) -> Claim | None:
            row = db.execute(
                "SELECT status, body, places FROM claims WHERE client = ? AND key = ?", (client, key)
            ).fetchone()
            if row is None or (client, key) in self._voided:
                return None
            status, body, places = row
            if not any((extent.name, extent.offset) == (name, offset) for extent in _unpack(places)):
                return None
            return Claim(client, key, Receipt(status, zstandard.decompress(body)))

        return self._file.do(read)

    def hold(self, requests: Sequence[Placed]) -> None:
        """Make the claims of a group durable, and record where its lines will lie.

        In the writer thread, before the lines are written.
        """

        def write(db: sqlite3.Connection) -> None:
            now = time.time()
            purge = now - self._purged_at > _PURGE_EVERY
            self._group += 1
            with transaction(db):
                self._delete_voided(db)
                if purge:
                    db.execute("DELETE FROM claims WHERE claimed_at < ?", (now - KEEP_SECONDS,))
                db.executemany(
                    "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._claim_rows(requests, now)
                )
                self._record(db, requests)
            self._voided.clear()
            if purge:
                self._purged_at = now

        self._file.do(write)

    def _claim_rows(self, requests: Sequence[Placed], now: float) -> list[tuple[object, ...]]:
        compress = zstandard.ZstdCompressor(level=1, write_checksum=True).compress
        return [
            (
                claim.client,
                claim.key,
                now,
                self._group,
                number,
                claim.receipt.code,
                compress(claim.receipt.content),
                msgspec.msgpack.encode([extent.without_lines() for extent in extents]),
            )
            for number, (claim, extents) in enumerate(requests)
            if claim is not None
        ]

    def acknowledge(self) -> None:
        """The group that was recorded last is durable: a start leaves it alone.

        Not flushed: after a power cut that takes this along, a start looks at the lines themselves, and finds them.
        """

        def write(db: sqlite3.Connection) -> None:
            if self._file.synchronous == "OFF":
                self._set_state(db, State.ACKNOWLEDGED)
                return
            db.execute("PRAGMA synchronous=NORMAL")
            try:
                self._set_state(db, State.ACKNOWLEDGED)
            finally:
                db.execute(f"PRAGMA synchronous={self._file.synchronous}")

        with contextlib.suppress(*LedgerError):
            self._file.do(write)

    def fail(self, requests: Sequence[Placed]) -> None:
        """A group was refused, and what was written of it could not be taken back: the next start does it."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                self._record(db, requests)
                self._set_state(db, State.FAILED)

        with contextlib.suppress(*LedgerError):  # then the lines themselves must prove what they are
            self._file.do(write)

    def void(self, claims: Sequence[Claim], *, settled: bool = True) -> None:
        """Take back what `hold` got: the lines were not stored. `settled` says that nothing of them is left."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                self._delete_voided(db)
                if settled:
                    db.execute("DELETE FROM last_group")
            self._voided.clear()

        with self._file.lock:
            self._voided.update((claim.client, claim.key) for claim in claims)
        with contextlib.suppress(*LedgerError):  # the disk is full: the next `hold` does it before anything else
            self._file.do(write)

    def drop(self, claims: Sequence[tuple[str, str]]) -> None:
        """Forget claims whose lines are not there: a start has looked at the last group, and need not do it again."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                self._delete_voided(db)
                db.execute("DELETE FROM last_group")
            self._voided.clear()

        with self._file.lock:
            self._voided.update(claims)
        with contextlib.suppress(*LedgerError):
            self._file.do(write)

    def settle(self) -> None:
        """Remember, durably, that all lines so far are whole: a file is about to be replaced, which moves them."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                self._delete_voided(db)
                db.execute("DELETE FROM last_group")
            self._voided.clear()

        self._file.do(write)

    def _record(self, db: sqlite3.Connection, requests: Sequence[Placed]) -> None:
        db.execute("DELETE FROM last_group")
        db.executemany(
            "INSERT INTO last_group VALUES (?, ?, ?, ?)",
            [
                (number, claim and claim.client, claim and claim.key, msgspec.msgpack.encode(extents))
                for number, (claim, extents) in enumerate(requests)
            ],
        )
        self._set_state(db, State.OPEN)

    def _set_state(self, db: sqlite3.Connection, state: State) -> None:
        db.execute("UPDATE last_group_state SET state = ?", (state,))

    def _delete_voided(self, db: sqlite3.Connection) -> None:
        db.executemany("DELETE FROM claims WHERE client = ? AND key = ?", list(self._voided))

    def _prepare(self, db: sqlite3.Connection) -> None:
        if db.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'last_group%'").fetchone()[0] != 2:
            with transaction(db):
                for statement in _SCHEMA:
                    db.execute(statement)
        (group,) = db.execute("SELECT coalesce(max(commit_group), 0) FROM claims").fetchone()
        self._group = max(self._group, int(group))


def _unpack(extents: bytes) -> list[Extent]:
    return msgspec.msgpack.decode(extents, type=list[Extent])
