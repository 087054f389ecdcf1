"""What people share, and what the server keeps for itself, as documents in one table: a row each change.

ClickHouse has no transactions; but the rows of one insert are there together or not at all. So a transaction is one
insert, and what it goes by is read in this process alone, one at a time: a second writer needs an order of changes from
elsewhere, such as a stream's.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.shared import Change, Document, Outdated, Put, Remove, Trim
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import EXECUTE_SECONDS, Database
from logstream.stores.clickhouse.faults import raised_as_unavailable
from logstream.stores.clickhouse.schema import SHARED

NewRow = dict[str, str | int]


class _Row(msgspec.Struct, array_like=True):
    name: str
    body: str
    revision: int
    updated_at: str


class _Name(msgspec.Struct, array_like=True):
    name: str


class _Newest(msgspec.Struct, array_like=True):
    change: int


class ClickHouseShared:
    """The documents of `database`, which its owner closes. No other process may write them."""

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
            transaction = _Transaction(self, await self._last_change())
            revisions = [await transaction.make(change) for change in changes]
            await self._insert(list(transaction.rows.values()))
            return revisions

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

    async def _insert(self, rows: Sequence[NewRow]) -> None:
        if rows:
            lines = b"\n".join(map(msgspec.json.encode, rows))
            with raised_as_unavailable():
                await self._database.insert(SHARED, lines)


class _Transaction:
    """Changes, each of which sees those before it, as rows that are inserted together."""

    def __init__(self, shared: ClickHouseShared, last_change: int) -> None:
        self._shared = shared
        self._change = last_change + 1
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
            "change": self._change,
            "is_removed": int(not revision),
        }
