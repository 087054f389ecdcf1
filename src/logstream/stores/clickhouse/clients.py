"""Registered clients, a document each. Entries can't go in one transaction with their client."""

from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.clients import Client, ClientExists
from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.query.conditions import Equals
from logstream.shared import Document, Outdated, Put, Remove, SharedState
from logstream.store import Prunable
from logstream.stores.registered.clients import Known

KIND: Final = "client"


class _Kept(msgspec.Struct, frozen=True):
    name: str
    token: str
    active: bool
    created_at: str


class SharedClientTable:
    """The clients in `shared`, whose entries are in `store`."""

    def __init__(self, shared: SharedState, store: Prunable) -> None:
        self._shared = shared
        self._store = store

    async def known(self) -> Sequence[Known]:
        documents = await self._shared.listed(KIND)
        return [Known(document.name, kept.token, kept.active) for document in documents for kept in [_kept(document)]]

    async def listed(self) -> Sequence[Client]:
        clients = [_client(document) for document in await self._shared.listed(KIND)]
        return sorted(clients, key=lambda client: (client.name.casefold(), client.app_key))

    async def get(self, app_key: str) -> Client | None:
        document = await self._shared.get(KIND, app_key)
        return None if document is None else _client(document)

    async def add(self, name: str, app_key: str, token: str) -> None:
        kept = _Kept(name, token, True, format_timestamp(utc_now()))
        try:
            await self._shared.write([Put(KIND, app_key, msgspec.json.encode(kept), 0)])
        except Outdated:
            raise ClientExists from None

    async def change(self, app_key: str, *, name: str | None, active: bool | None) -> None:
        wanted = {"name": name, "active": active}
        await self._replace(app_key, **{field: value for field, value in wanted.items() if value is not None})

    async def set_token(self, app_key: str, token: str) -> bool:
        return await self._replace(app_key, token=token)

    async def keep_hashed(self, app_key: str, plain: str, token: str) -> None:
        """No token is plain here."""

    async def remove(self, app_key: str) -> int | None:
        """No longer active first: where it is cut off in the middle, it can be done again."""
        if not await self._replace(app_key, active=False):
            return None
        removed = await self._store.prune([Equals("app_key", app_key)], dry_run=False)
        await self._shared.write([Remove(KIND, app_key)])
        return removed.entries

    async def _replace(self, app_key: str, **values: object) -> bool:
        """Whether the client is there, and now has these values, beside what others change at the same time."""
        while (document := await self._shared.get(KIND, app_key)) is not None:
            kept = msgspec.structs.replace(_kept(document), **values)
            try:
                await self._shared.write([Put(KIND, app_key, msgspec.json.encode(kept), document.revision)])
            except Outdated:
                continue
            return True
        return False


def _kept(document: Document) -> _Kept:
    return msgspec.json.decode(document.body, type=_Kept)


def _client(document: Document) -> Client:
    kept = _kept(document)
    return Client(kept.name, document.name, kept.active, kept.created_at, document.updated_at)
