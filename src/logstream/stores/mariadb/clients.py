"""Registered clients: who may write to this database, and under which app_key.

All clients are held in memory, as read from the table at most CACHE_SECONDS ago, so that a request costs no query and
senders get in while the database is away. A copy on disk, hashes only, serves a start in its absence. Tokens are 32
random bytes, so a salted SHA-256 is as good as a slow hash and can't be used to keep the server busy.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from logstream.clients import Client, ClientExists
from logstream.entries.timestamps import format_timestamp
from logstream.store import StoreUnavailable
from logstream.stores.mariadb import sql
from logstream.stores.mariadb.database import Database, fetch, reason_of
from logstream.stores.mariadb.schema import CLIENTS, ENTRIES

log = logging.getLogger("logstream.clients")

CACHE_SECONDS: Final = 5.0
UNKNOWN_SECONDS: Final = 0.25
"""How often an unknown key makes the table be read again: senders may not use it to keep the database busy."""

SCHEME: Final = "sha256$"
_C: Final = CLIENTS.c


class _Known(msgspec.Struct, frozen=True):
    app_key: str
    token: str
    active: bool


def new_token() -> str:
    """32 random bytes in URL-safe base64: 43 characters."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """The form in which a token is kept: scheme, salt, and the SHA-256 of both as HMAC."""
    salt = secrets.token_bytes(16)
    return f"{SCHEME}{_text(salt)}${_text(_digest(salt, token))}"


def fits(token: str, kept: str) -> bool:
    """Whether a token is the one kept, hashed or as the original kept it, plain. In constant time."""
    if not is_hashed(kept):
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), kept.encode())
    salt, digest = (base64.urlsafe_b64decode(part) for part in kept.removeprefix(SCHEME).split("$"))
    return hmac.compare_digest(_digest(salt, token), digest)


def is_hashed(kept: str) -> bool:
    return re.fullmatch(r"sha256\$[\w=-]{24}\$[\w=-]{44}", kept, re.ASCII) is not None


def _digest(salt: bytes, token: str) -> bytes:
    return hmac.digest(salt, token.encode("utf-8", "surrogateescape"), hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


class DatabaseClients:
    """The clients of `database`; `copy` is where what is needed to let them in is kept for a start without it."""

    def __init__(self, database: Database, copy: Path) -> None:
        self._database = database
        self._copy = copy
        self._known: dict[str, _Known] = {}
        self._complete = False
        self._read_at = -CACHE_SECONDS
        self._reading: asyncio.Future[None] | None = None
        self._hashing: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Read the table, or the copy while the database is away."""
        with contextlib.suppress(OSError, msgspec.DecodeError):
            kept = msgspec.json.decode(self._copy.read_bytes(), type=list[_Known])
            self._known = {client.app_key: client for client in kept}
            self._complete = True
        await self._refresh(0)

    async def known(self, app_key: str, token: str) -> bool | None:
        """Whether this is an active client's token; None when there is no such client.

        Raises StoreUnavailable when that can't be known.
        """
        await self._refresh(CACHE_SECONDS)
        client = self._known.get(app_key)
        if client is None or not client.active or not fits(token, client.token):
            await self._refresh(UNKNOWN_SECONDS)
            client = self._known.get(app_key)
        if not self._complete:
            raise StoreUnavailable("the database is away, and which clients there are is not known", retry_after=5)
        if client is None or not client.active:
            return None
        if not fits(token, client.token):
            return False
        if not is_hashed(client.token):
            self._hash_in_background(client)
        return True

    async def _refresh(self, seconds: float) -> None:
        """Read the table if that was longer ago; who comes meanwhile waits for the same answer."""
        if time.monotonic() - self._read_at < seconds:
            return
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
            self._reading.add_done_callback(self._read_is_over)
        await _outcome(self._reading)

    def _read_is_over(self, reading: "asyncio.Future[None]") -> None:
        self._reading = None
        if not reading.cancelled() and reading.exception() is not None:  # those who waited may have gone
            log.error("the clients could not be read", exc_info=reading.exception())

    async def _read(self) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(2):
                rows = await self._database.read(lambda connection: fetch(connection, select(*_KNOWN)))
        except (StoreUnavailable, TimeoutError):
            self._read_at = began  # what is known stays in force; ask again later
            return
        before = self._known
        self._complete = True
        self._known = {row[0]: _Known(row[0], row[1], bool(row[2])) for row in rows}
        self._read_at = began
        if self._known != before:
            await asyncio.to_thread(self._save, list(self._known.values()))

    def _save(self, known: list[_Known]) -> None:
        """Keep the copy. A plain token of the original's is kept as its hash."""
        kept = [
            client if is_hashed(client.token) else msgspec.structs.replace(client, token=hashed(client.token))
            for client in known
        ]
        temporary = self._copy.with_suffix(".tmp")
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(kept))
            os.replace(temporary, self._copy)
        except OSError as error:
            log.warning("%s can't be written: %s", self._copy, error.strerror)

    def _hash_in_background(self, client: _Known) -> None:
        task = asyncio.ensure_future(self._hash(client))
        self._hashing.add(task)
        task.add_done_callback(self._hashing.discard)

    async def _hash(self, client: _Known) -> None:
        """Replace a plain token by its hash, if it is still the one."""
        kept = hashed(client.token)
        change = update(CLIENTS).where(sql.equal(_C.app_key, client.app_key), sql.equal(_C.api_token, client.token))
        with contextlib.suppress(StoreUnavailable):
            await self._write(change.values(api_token=kept, updated_at=_C.updated_at))
            if self._known.get(client.app_key) == client:
                self._known[client.app_key] = msgspec.structs.replace(client, token=kept)

    async def listed(self) -> list[Client]:
        """All clients by name. Raises StoreUnavailable, as everything below."""
        rows = await self._database.read(lambda c: fetch(c, _SHOWN.order_by(_C.name, _C.app_key)))
        return [_client(row) for row in rows]

    async def get(self, app_key: str) -> Client | None:
        rows = await self._database.read(lambda c: fetch(c, _SHOWN.where(sql.equal(_C.app_key, app_key))))
        return _client(rows[0]) if rows else None

    async def add(self, name: str, app_key: str) -> tuple[Client, str]:
        """A new client and its token, which is told this once. Raises ClientExists."""
        token = new_token()
        await self._write(CLIENTS.insert().values(name=name, app_key=app_key, api_token=hashed(token), active=True))
        return await self._changed(app_key), token

    async def change(self, app_key: str, *, name: str | None = None, active: bool | None = None) -> Client | None:
        """The client with another name or state; None when there is none."""
        wanted = {"name": name, "active": active}
        values = {column: value for column, value in wanted.items() if value is not None}
        if values:
            await self._write(update(CLIENTS).where(sql.equal(_C.app_key, app_key)).values(values))
        if await self.get(app_key) is None:
            return None
        return await self._changed(app_key)

    async def rotate(self, app_key: str) -> tuple[Client, str] | None:
        """A new token; the old one is dead at once. None when there is no such client."""
        token = new_token()
        change = update(CLIENTS).where(sql.equal(_C.app_key, app_key))
        if not await self._write(change.values(api_token=hashed(token))):
            return None
        return await self._changed(app_key), token

    async def remove(self, app_key: str) -> int | None:
        """Remove the client and its entries in one transaction; returns how many entries. None without a client."""
        try:
            async with self._database.write() as connection:
                gone = await connection.execute(delete(CLIENTS).where(sql.equal(_C.app_key, app_key)))
                if not gone.rowcount:
                    return None
                entries = await connection.execute(delete(ENTRIES).where(sql.equal(ENTRIES.c.app_key, app_key)))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise StoreUnavailable(reason_of(error)) from None
        self._known.pop(app_key, None)
        await self._refresh(0)
        return int(entries.rowcount)

    async def _changed(self, app_key: str) -> Client:
        """The client as it is now, which counts from the next request on."""
        self._known.pop(app_key, None)
        if self._reading is not None:  # begun before the change
            await _outcome(self._reading)
        await self._refresh(0)
        client = await self.get(app_key)
        if client is None:
            raise StoreUnavailable(f"client {app_key!r} was removed at this moment")
        return client

    async def _write(self, statement: object) -> int:
        """Run a statement; returns the number of rows it is about. Raises ClientExists or StoreUnavailable."""
        try:
            async with asyncio.timeout(10), self._database.write() as connection:
                return int((await connection.execute(statement)).rowcount)  # type: ignore[call-overload]
        except IntegrityError:
            raise ClientExists from None
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise StoreUnavailable(reason_of(error)) from None


async def _outcome(shared: "asyncio.Future[None]") -> None:
    """Wait for what others wait for too: a cancel ends the waiting alone, and leaves no exception behind."""
    await asyncio.wait((shared,))
    shared.result()


_KNOWN: Final = (_C.app_key, _C.api_token, _C.active)
_SHOWN: Final = select(_C.name, _C.app_key, _C.active, _C.created_at, _C.updated_at)


def _client(row: Any) -> Client:
    name, app_key, active, created_at, updated_at = row
    return Client(name, app_key, bool(active), format_timestamp(created_at), format_timestamp(updated_at))
