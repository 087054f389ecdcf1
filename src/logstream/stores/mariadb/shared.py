"""What people share, in the table `shared_documents` of the database."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.shared import Change, Document, Outdated, Remove, Trim
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import raised_as_unavailable
from logstream.stores.mariadb.schema import SHARED

_C: Final = SHARED.c
_ROW: Final = select(_C.name, _C.body, _C.revision, _C.updated_at)


class DatabaseShared:
    """The documents of `database`, which its owner closes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self, kind: str, last: int | None = None) -> Sequence[Document]:
        newest = _ROW.where(_C.kind == kind).order_by(_C.name.desc()).limit(last)
        return [_document(row) for row in await self._database.rows(newest)][::-1]

    async def get(self, kind: str, name: str) -> Document | None:
        rows = await self._database.rows(_ROW.where(_is(kind, name)))
        return _document(rows[0]) if rows else None

    async def write(self, changes: Sequence[Change]) -> Sequence[int]:
        with raised_as_unavailable():
            try:
                async with self._database.write() as connection:
                    return [await _make(connection, change) for change in changes]
            except IntegrityError:  # two have put a new one at the same moment
                raise Outdated from None

    async def close(self) -> None:
        """Nothing is held."""


def _is(kind: str, name: str) -> ColumnElement[bool]:
    return and_(_C.kind == kind, _C.name == name)


def _document(row: Sequence[Any]) -> Document:
    return Document(row[0], row[1].encode(), row[2], row[3])


async def _make(connection: AsyncConnection, change: Change) -> int:
    if isinstance(change, Trim):
        first = select(_C.name).where(_C.kind == change.kind).order_by(_C.name.desc()).limit(1).offset(change.keep)
        last_gone = (await connection.execute(first)).scalar()
        if last_gone is not None:
            await connection.execute(delete(SHARED).where(_C.kind == change.kind, _C.name <= last_gone))
        return 0
    place = _is(change.kind, change.name)
    found = (await connection.execute(select(_C.revision).where(place).with_for_update())).scalar()
    revision = found or 0
    if change.expected is not None and revision != change.expected:
        raise Outdated
    if isinstance(change, Remove):
        await connection.execute(delete(SHARED).where(place))
        return 0
    values = {"body": change.body.decode(), "revision": revision + 1, "updated_at": format_timestamp(utc_now())}
    if revision:
        await connection.execute(update(SHARED).where(place).values(values))
    else:
        await connection.execute(SHARED.insert().values({"kind": change.kind, "name": change.name, **values}))
    return revision + 1
