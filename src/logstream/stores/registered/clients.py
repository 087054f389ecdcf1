"""Registered clients: who may write to a database, and under which app_key.

All clients are held in memory, read from their table at most CACHE_SECONDS ago, so that a request costs no query and
senders get in while the database is away. A copy on disk, of hashes only, serves a start during an outage.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from logstream.clients import Client
from logstream.store import StoreUnavailable
from logstream.stores.registered.tokens import PROOF_SALT, hash_token, is_hashed, new_token, proves, token_matches

log = logging.getLogger("logstream.clients")

CACHE_SECONDS: Final = 5.0
UNKNOWN_SECONDS: Final = 0.25
"""How soon an unknown key may have the table read again: senders must not use it to keep the database busy."""

READ_SECONDS: Final = 2


class Known(msgspec.Struct, frozen=True):
    """What it takes to let a client in: its token, as it is kept."""

    app_key: str
    token: str
    active: bool


class ClientTable(Protocol):
    """Where clients are kept. Every method may raise StoreUnavailable."""

    async def known(self) -> Sequence[Known]:
        """All of them, as it takes to let them in."""

    async def listed(self) -> Sequence[Client]:
        """All of them by name."""

    async def get(self, app_key: str) -> Client | None: ...

    async def add(self, name: str, app_key: str, token: str) -> None:
        """Raises ClientExists."""

    async def change(self, app_key: str, *, name: str | None, active: bool | None) -> None:
        """Give the client, if it is there, another name or state."""

    async def set_token(self, app_key: str, token: str) -> bool:
        """Give the client another token; whether it is there."""

    async def keep_hashed(self, app_key: str, plain: str, token: str) -> None:
        """Keep the client's plain token, unless it has changed, as its hash."""

    async def remove(self, app_key: str) -> int | None:
        """Remove the client and its entries; returns how many entries. None without a client."""


class DatabaseClients:
    """The clients of `table`; the file `copy`, if any, has what it takes to let them in when a start can't reach it."""

    def __init__(
        self,
        table: ClientTable,
        copy: Path | None,
        *,
        cache_seconds: float = CACHE_SECONDS,
        settled: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`settled` returns when all entries that were acknowledged are where removing a client finds them."""
        self._settled = settled
        self._table = table
        self._copy = copy
        self._cache_seconds = cache_seconds
        self._known: dict[str, Known] = {}
        self._complete = False
        self._is_away = False
        """Whether the table could not be read the last time."""
        self._read_at = -cache_seconds
        self._reading: asyncio.Future[None] | None = None
        self._hashing: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Read the table, or the copy while the database is away."""
        if self._copy is not None:
            with contextlib.suppress(OSError, msgspec.DecodeError):
                kept = msgspec.json.decode(self._copy.read_bytes(), type=list[Known])
                self._known = {client.app_key: client for client in kept}
                self._complete = True
        await self._refresh(0)

    async def known(self, app_key: str, token: str) -> bool | None:
        """Whether this is an active client's token; None when there is no such client.

        Raises StoreUnavailable when the clients have never been read.
        """
        client = await self._checked(app_key, lambda kept: token_matches(token, kept))
        if client is None:
            return None
        if not token_matches(token, client.token):
            return False
        if not is_hashed(client.token):
            self._hash_in_background(client)
        return True

    salt = PROOF_SALT

    async def proves(self, app_key: str, digest: str) -> bool | None:
        """`known` for a sender of Fluent forward, which sends a digest of `salt`, app_key and token in its place."""
        client = await self._checked(app_key, lambda kept: proves(digest, app_key, kept))
        return None if client is None else proves(digest, app_key, client.token)

    async def _checked(self, app_key: str, matches: Callable[[str], bool]) -> Known | None:
        """The active client with this app_key, read anew where what is known of it does not match."""
        await self._refresh(self._cache_seconds)
        client = self._known.get(app_key)
        if client is None or not client.active or not matches(client.token):
            await self._refresh(UNKNOWN_SECONDS)
            client = self._known.get(app_key)
        if not self._complete:
            raise StoreUnavailable("the database is away, and which clients there are is not known", retry_after=5)
        return None if client is None or not client.active else client

    async def _refresh(self, seconds: float) -> None:
        """Read the table if it was read longer ago than this; whoever comes meanwhile waits for the same answer."""
        if time.monotonic() - self._read_at < seconds:
            return
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
            self._reading.add_done_callback(self._read_is_over)
        if not (self._is_away and self._complete and seconds):  # senders don't wait for a table that is away
            await _outcome(self._reading)

    def _read_is_over(self, reading: "asyncio.Future[None]") -> None:
        self._reading = None
        if not reading.cancelled() and reading.exception() is not None:  # those who waited may have gone
            log.error("the clients could not be read", exc_info=reading.exception())

    async def _read(self) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(READ_SECONDS):
                known = await self._table.known()
        except (StoreUnavailable, TimeoutError):
            self._read_at = began  # what is known stays in force; ask again later
            self._is_away = True
            return
        self._is_away = False
        before = self._known
        self._complete = True
        self._known = {client.app_key: client for client in known}
        self._read_at = began
        if self._known != before and self._copy is not None:
            await asyncio.to_thread(self._save, self._copy, list(self._known.values()))

    def _save(self, copy: Path, known: list[Known]) -> None:
        """Keep the copy; of a plain token, which only the original leaves, its hash."""
        kept = [
            client
            if is_hashed(client.token)
            else msgspec.structs.replace(client, token=hash_token(client.token, client.app_key))
            for client in known
        ]
        temporary = copy.with_suffix(".tmp")
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(kept))
            os.replace(temporary, copy)
        except OSError as error:
            log.warning("%s can't be written: %s", copy, error.strerror)

    def _hash_in_background(self, client: Known) -> None:
        task = asyncio.ensure_future(self._hash(client))
        self._hashing.add(task)
        task.add_done_callback(self._hashing.discard)

    async def _hash(self, client: Known) -> None:
        """Replace a plain token by its hash, unless it has changed."""
        kept = hash_token(client.token, client.app_key)
        with contextlib.suppress(StoreUnavailable):
            await self._table.keep_hashed(client.app_key, client.token, kept)
            if self._known.get(client.app_key) == client:
                self._known[client.app_key] = msgspec.structs.replace(client, token=kept)

    async def listed(self) -> Sequence[Client]:
        """All clients by name. Raises StoreUnavailable, as everything below."""
        return await self._table.listed()

    async def get(self, app_key: str) -> Client | None:
        return await self._table.get(app_key)

    async def add(self, name: str, app_key: str) -> tuple[Client, str]:
        """A new client and its token, which is told this once. Raises ClientExists."""
        token = new_token()
        await self._table.add(name, app_key, hash_token(token, app_key))
        return await self._changed(app_key), token

    async def change(self, app_key: str, *, name: str | None = None, active: bool | None = None) -> Client | None:
        """The client with another name or state; None when there is none."""
        if name is not None or active is not None:
            await self._table.change(app_key, name=name, active=active)
        if await self.get(app_key) is None:
            return None
        return await self._changed(app_key)

    async def rotate(self, app_key: str) -> tuple[Client, str] | None:
        """The client with a new token; the old one stops working immediately. None when there is no such client."""
        token = new_token()
        if not await self._table.set_token(app_key, hash_token(token, app_key)):
            return None
        return await self._changed(app_key), token

    async def remove(self, app_key: str) -> int | None:
        """Remove the client and its entries; returns how many entries. None without a client."""
        if self._settled is not None:
            await self._settled()
        removed = await self._table.remove(app_key)
        if removed is not None:
            self._known.pop(app_key, None)
            await self._refresh(0)
        return removed

    async def _changed(self, app_key: str) -> Client:
        """The client as it is now, which counts from the next request on."""
        self._known.pop(app_key, None)
        if self._reading is not None:  # begun before the change
            await _outcome(self._reading)
        await self._refresh(0)
        client = await self.get(app_key)
        if client is None:
            raise StoreUnavailable(f"client {app_key!r} was removed meanwhile")
        return client


async def _outcome(shared: "asyncio.Future[None]") -> None:
    """Wait for what others wait for too: a cancel ends the waiting alone, and leaves no exception behind."""
    await asyncio.wait((shared,))
    shared.result()
