"""What people share, and what the server keeps for itself, as documents in one table: a row each change.

ClickHouse has no transactions; but the rows of one insert are there together or not at all, and of two inserts with the
same deduplication token it keeps the first. So a transaction is one insert whose token is the number behind the last
change that it saw: whoever comes second with that number has changed nothing, sees so by the row that every change has
of its own, and begins again. Any number of servers may write.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.shared import Change, Document, Outdated, Put, Remove, Trim
from logstream.store import StoreUnavailable
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import EXECUTE_SECONDS, Database
from logstream.stores.clickhouse.faults import raised_as_unavailable
from logstream.stores.clickhouse.schema import SHARED, Schema

NewRow = dict[str, str | int]

WRITE_SECONDS: Final = 10.0
"""How long a change is tried again because others come before it."""

CHANGES: Final = ""
"""The kind of the rows that tell who made a change; no document is of it."""

KEPT_CHANGES: Final = 1000
"""Of how many changes that is kept."""


class _Row(msgspec.Struct, array_like=True):
    name: str
    body: str
    revision: int
    updated_at: str


class _Name(msgspec.Struct, array_like=True):
    name: str


class _Maker(msgspec.Struct, array_like=True):
    made_by: str


class _Newest(msgspec.Struct, array_like=True):
    change: int


class ClickHouseShared:
    """The documents of `database`, which its owner closes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing = asyncio.Lock()

    async def listed(self, kind: str, last: int | None = None) -> Sequence[Document]:
        limit = "" if last is None else f" LIMIT {last}"
        return (await self._read(f"kind = {quoting.text(kind)} ORDER BY name DESC{limit}"))[::-1]

    async def get(self, kind: str, name: str) -> Document | None:
        found = await self._read(f"kind = {quoting.text(kind)} AND name = {quoting.text(name)}")
        return found[0] if found else None

    async def write(self, changes: Sequence[Change]) -> Sequence[int]:
        async with self._writing:
            until = time.monotonic() + WRITE_SECONDS
            while time.monotonic() < until:
                transaction = _Transaction(self, await self._last_change())
                revisions = [await transaction.make(change) for change in changes]
                if not transaction.rows or await self._insert(transaction):
                    return revisions
                await asyncio.sleep(random.uniform(0, 0.05))
            raise StoreUnavailable("others change what is shared all the time", retry_after=2)

    async def close(self) -> None:
        """Nothing is held."""

    async def names_but_last(self, kind: str, keep: int) -> list[str]:
        """The names of a kind, but the last `keep`."""
        statement = (
            f"SELECT name FROM {SHARED} FINAL WHERE kind = {quoting.text(kind)} AND NOT is_removed "
            f"ORDER BY name DESC LIMIT {2**31} OFFSET {keep}"
        )
        return [row.name for row in await self._database.rows(statement, _Name, EXECUTE_SECONDS)]

    async def _read(self, clause: str) -> list[Document]:
        statement = f"SELECT name, body, revision, updated_at FROM {SHARED} FINAL WHERE NOT is_removed AND {clause}"
        rows = await self._database.rows(statement, _Row, EXECUTE_SECONDS)
        return [Document(row.name, row.body.encode(), row.revision, row.updated_at) for row in rows]

    async def _last_change(self) -> int:
        (newest,) = await self._database.rows(f"SELECT max(change) FROM {SHARED}", _Newest, EXECUTE_SECONDS)
        return newest.change

    async def _insert(self, transaction: "_Transaction") -> bool:
        """Whether it is there now: another one of the same number may have come before."""
        made_by, change, further = secrets.token_hex(16), transaction.change, 1
        while True:
            lines = b"\n".join(map(msgspec.json.encode, transaction.numbered(change, made_by)))
            with raised_as_unavailable():
                await self._database.insert(SHARED, lines, token=f"change {change}")
            statement = f"SELECT body FROM {SHARED} WHERE kind = '{CHANGES}' AND name = '{_change_name(change)}'"
            for row in await self._database.rows(statement, _Maker, EXECUTE_SECONDS):
                return row.made_by == made_by
            if self._database.is_replicated:
                return False
            # Its token is known and it is not: the database was put back to what it was. All go on in the same steps.
            change, further = change + further, 2 * further


def _change_name(change: int) -> str:
    return f"{change:020d}"


class _Transaction:
    """Changes, each of which sees those before it, as rows that are inserted together."""

    def __init__(self, shared: ClickHouseShared, last_change: int) -> None:
        self._shared = shared
        self.change = last_change + 1
        self._now = format_timestamp(utc_now())
        self.rows: dict[tuple[str, str], NewRow] = {}

    async def make(self, change: Change) -> int:
        """Raises Outdated."""
        if isinstance(change, Trim):
            await self._trim(change)
            return 0
        revision = await self._revision(change)
        if change.expected is not None and revision != change.expected:
            raise Outdated
        if isinstance(change, Put):
            self._put(change.kind, change.name, change.body.decode(), revision + 1)
            return revision + 1
        if revision:
            self._put(change.kind, change.name, "", 0)
        return 0

    async def _revision(self, change: Put | Remove) -> int:
        row = self.rows.get((change.kind, change.name))
        if row is not None:
            return int(row["revision"])
        found = await self._shared.get(change.kind, change.name)
        return 0 if found is None else found.revision

    async def _trim(self, change: Trim) -> None:
        put = {name for (kind, name), row in self.rows.items() if kind == change.kind and row["revision"]}
        gone = {name for (kind, name), row in self.rows.items() if kind == change.kind and not row["revision"]}
        # Of those that are there already, no more are left than `keep`: the rest need not be looked at.
        there = {document.name for document in await self._shared.listed(change.kind)} if put or gone else set()
        if put or gone:
            names = sorted((there | put) - gone, reverse=True)[change.keep :]
        else:
            names = await self._shared.names_but_last(change.kind, change.keep)
        for name in names:
            self._put(change.kind, name, "", 0)

    def _put(self, kind: str, name: str, body: str, revision: int) -> None:
        """A row without revision stands for a document that is gone."""
        self.rows[kind, name] = {
            "kind": kind,
            "name": name,
            "body": body,
            "revision": revision,
            "updated_at": self._now,
            "is_removed": int(not revision),
        }

    def numbered(self, change: int, made_by: str) -> list[NewRow]:
        """The rows of the change of this number, with the one that tells who made it."""
        self._put(CHANGES, _change_name(change), made_by, 0)
        made = [{**row, "change": change} for row in self.rows.values()]
        del self.rows[CHANGES, _change_name(change)]
        return made


async def tidy(database: Database) -> None:
    """Remove what was left of documents that are gone, and of changes long ago: a row each. Raises Fault."""
    gone = (
        f"is_removed AND (kind != '{CHANGES}' OR change + {KEPT_CHANGES} < (SELECT max(change) FROM {SHARED})) "
        f"AND (kind, name) IN (SELECT kind, name FROM {SHARED} FINAL WHERE is_removed)"
    )
    if await database.ask(f"SELECT 1 FROM {SHARED} WHERE {gone} LIMIT 1", EXECUTE_SECONDS):
        stored = f"{SHARED}{Schema(database.address.cluster).on_cluster}"
        everything = f"(kind, name) IN (SELECT kind, name FROM {SHARED} WHERE {gone})"
        await database.execute(f"DELETE FROM {stored} WHERE {everything}", seconds=60)
