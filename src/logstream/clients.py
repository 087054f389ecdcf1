"""Registered clients: who may write under which app_key. What the server asks of wherever they are kept."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Client(msgspec.Struct, frozen=True):
    """A registered client, as people see it: never the token."""

    name: str
    app_key: str
    active: bool
    created_at: str
    updated_at: str


class ClientExists(Exception):
    """There is a client with this app_key already."""


class Clients(Protocol):
    """The registered clients. Every method may raise StoreUnavailable."""

    async def start(self) -> None:
        """Read who there is."""

    async def known(self, app_key: str, token: str) -> bool | None:
        """Whether this is an active client's token; None when there is no such client."""

    @property
    def salt(self) -> bytes:
        """What a sender of Fluent forward puts before app_key and token when it proves that it knows them."""

    async def proves(self, app_key: str, digest: str) -> bool | None:
        """`known` for the SHA-512 of salt, app_key and token, in hexadecimal, in place of the token."""

    async def listed(self) -> Sequence[Client]:
        """All clients by name."""

    async def get(self, app_key: str) -> Client | None: ...

    async def add(self, name: str, app_key: str) -> tuple[Client, str]:
        """A new client and its token, which is told this once. Raises ClientExists."""

    async def change(self, app_key: str, *, name: str | None = None, active: bool | None = None) -> Client | None:
        """The client with another name or state; None when there is none."""

    async def rotate(self, app_key: str) -> tuple[Client, str] | None:
        """The client with a new token, the old one being void from now on; None when there is none."""

    async def remove(self, app_key: str) -> int | None:
        """Remove the client and its entries; returns how many entries. None without a client."""
