"""The table of registered clients in MariaDB: the original's `clients`, whose tokens may be plain."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Executable, delete, select, update
from sqlalchemy.exc import IntegrityError

from logstream.clients import Client, ClientExists
from logstream.entries.timestamps import format_timestamp
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database
from logstream.stores.mariadb.faults import raised_as_unavailable
from logstream.stores.mariadb.schema import CLIENTS, ENTRIES
from logstream.stores.registered.clients import Known

WRITE_SECONDS: Final = 10

_C: Final = CLIENTS.c
_KNOWN: Final = select(_C.app_key, _C.api_token, _C.active)
_SHOWN: Final = select(_C.name, _C.app_key, _C.active, _C.created_at, _C.updated_at)


class MariaDbClientTable:
    """The clients of `database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self) -> Sequence[Known]:
        return [Known(row[0], row[1], bool(row[2])) for row in await self._database.rows(_KNOWN)]

    async def listed(self) -> Sequence[Client]:
        return [_client(row) for row in await self._database.rows(_SHOWN.order_by(_C.name, _C.app_key))]

    async def get(self, app_key: str) -> Client | None:
        rows = await self._database.rows(_SHOWN.where(sql.equal(_C.app_key, app_key)))
        return _client(rows[0]) if rows else None

    async def add(self, name: str, app_key: str, token: str) -> None:
        await self._write(CLIENTS.insert().values(name=name, app_key=app_key, api_token=token, active=True))

    async def change(self, app_key: str, *, name: str | None, active: bool | None) -> None:
        wanted = {"name": name, "active": active}
        values = {column: value for column, value in wanted.items() if value is not None}
        await self._write(update(CLIENTS).where(sql.equal(_C.app_key, app_key)).values(values))

    async def set_token(self, app_key: str, token: str) -> bool:
        change = update(CLIENTS).where(sql.equal(_C.app_key, app_key)).values(api_token=token)
        return await self._write(change) > 0

    async def keep_hashed(self, app_key: str, plain: str, token: str) -> None:
        change = update(CLIENTS).where(sql.equal(_C.app_key, app_key), sql.equal(_C.api_token, plain))
        await self._write(change.values(api_token=token, updated_at=_C.updated_at))

    async def remove(self, app_key: str) -> int | None:
        """In one transaction."""
        with raised_as_unavailable():
            async with self._database.write() as connection:
                clients = await connection.execute(delete(CLIENTS).where(sql.equal(_C.app_key, app_key)))
                if clients.rowcount == 0:
                    return None
                entries = await connection.execute(delete(ENTRIES).where(sql.equal(ENTRIES.c.app_key, app_key)))
        return int(entries.rowcount)

    async def _write(self, statement: Executable) -> int:
        """Run a statement; returns how many rows it matched. Raises ClientExists or StoreUnavailable."""
        with raised_as_unavailable():
            try:
                async with asyncio.timeout(WRITE_SECONDS), self._database.write() as connection:
                    return (await connection.execute(statement)).rowcount
            except IntegrityError:
                raise ClientExists from None


def _client(row: Any) -> Client:
    name, app_key, active, created_at, updated_at = row
    return Client(name, app_key, bool(active), format_timestamp(created_at), format_timestamp(updated_at))
