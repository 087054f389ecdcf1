"""What people share, in the SQLite file `shared.sqlite` beside the journal."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.shared import Change, Document, Outdated, Remove, Trim
from logstream.store import StoreUnavailable
from logstream.stores.journal.sqlite_file import SqliteFault, SqliteFile, transaction

SHARED: Final = "shared.sqlite"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, name TEXT NOT NULL, body BLOB NOT NULL, revision INTEGER NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID
"""

Result = TypeVar("Result")


class FileShared:
    """The documents in `folder`. Without `sync`, flushing is left to the kernel."""

    def __init__(self, folder: Path, *, sync: bool = True) -> None:
        lost = "views, dashboards, alerts and their state are gone until they are restored from a backup"
        self._file = SqliteFile(folder / SHARED, _prepare, "what people share", lost, sync=sync)

    async def listed(self, kind: str, last: int | None = None) -> Sequence[Document]:
        def read(db: sqlite3.Connection) -> list[Document]:
            rows = db.execute(
                "SELECT name, body, revision, updated_at FROM documents WHERE kind = ? ORDER BY name DESC LIMIT ?",
                (kind, -1 if last is None else last),
            )
            return [Document(*row) for row in rows][::-1]

        return await self._do(read)

    async def get(self, kind: str, name: str) -> Document | None:
        def read(db: sqlite3.Connection) -> Document | None:
            row = db.execute(
                "SELECT name, body, revision, updated_at FROM documents WHERE kind = ? AND name = ?", (kind, name)
            ).fetchone()
            return None if row is None else Document(*row)

        return await self._do(read)

    async def write(self, changes: Sequence[Change]) -> Sequence[int]:
        now = format_timestamp(utc_now())

        def write(db: sqlite3.Connection) -> list[int]:
            with transaction(db):
                return [_make(db, change, now) for change in changes]

        return await self._do(write)

    async def close(self) -> None:
        await asyncio.to_thread(self._file.close)

    async def _do(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            return await asyncio.to_thread(self._file.do, work)
        except SqliteFault as error:
            raise StoreUnavailable(f"{SHARED} can't be used: {error}") from None


def _prepare(db: sqlite3.Connection) -> None:
    db.execute(_SCHEMA)


def _make(db: sqlite3.Connection, change: Change, now: str) -> int:
    if isinstance(change, Trim):
        keep = "SELECT name FROM documents WHERE kind = ? ORDER BY name DESC LIMIT ?"
        db.execute(
            f"DELETE FROM documents WHERE kind = ? AND name NOT IN ({keep})", (change.kind, change.kind, change.keep)
        )
        return 0
    place = (change.kind, change.name)
    row = db.execute("SELECT revision FROM documents WHERE kind = ? AND name = ?", place).fetchone()
    revision = 0 if row is None else int(row[0])
    if change.expected is not None and revision != change.expected:
        raise Outdated
    if isinstance(change, Remove):
        db.execute("DELETE FROM documents WHERE kind = ? AND name = ?", place)
        return 0
    values = (*place, change.body, revision + 1, now)
    db.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", values)
    return revision + 1
