"""What people share, such as views and alerts: small JSON documents by kind and name, changed in transactions.

What the server asks of wherever they are kept, a SQLite file beside the journal or the database. Every change counts up
a document's revision, by which two people who edit the same notice each other. Every implementation passes
tests/contract.
"""

import re
from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

MAX_KIND: Final = 150
MAX_NAME: Final = 100

MADE_BY_US: Final = frozenset(("revision", "updated_at"))
"""Members of an answer that are not of the thing itself: who changes what it got may send them back."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


class Document(msgspec.Struct, frozen=True):
    """A document as it is kept; `revision` counts from 1."""

    name: str
    body: bytes
    revision: int
    updated_at: str


class Put(msgspec.Struct, frozen=True):
    """Make `body` the document. `expected`: the revision it must have, 0: it must not be there, None: whatever is."""

    kind: str
    name: str
    body: bytes
    expected: int | None = None


class Remove(msgspec.Struct, frozen=True):
    """Remove the document, if it is there. `expected`: the revision it must have."""

    kind: str
    name: str
    expected: int | None = None


class Trim(msgspec.Struct, frozen=True):
    """Leave of a kind only the last `keep` by name."""

    kind: str
    keep: int = 0


Change = Put | Remove | Trim


class Outdated(Exception):
    """A document has another revision than was expected: somebody else has changed it. Nothing was done."""


class SharedState(Protocol):
    """Keeps documents. Every method may raise StoreUnavailable."""

    async def listed(self, kind: str, last: int | None = None) -> Sequence[Document]:
        """The documents of a kind by name, or only the last so many of them."""

    async def get(self, kind: str, name: str) -> Document | None: ...

    async def write(self, changes: Sequence[Change]) -> Sequence[int]:
        """Make all changes durable in one transaction; returns the new revision of each, 0 for what is removed.

        Raises Outdated: then nothing is changed.
        """

    async def close(self) -> None: ...


def read_name(given: object) -> str:
    """The name of what people share. Raises ValueError with the reason."""
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise ValueError(
            f"name must be 1 to {MAX_NAME} lower-case letters, digits or hyphens, and start with a letter or digit"
        )
    return given


class Named(Protocol):
    """What has a name of its own."""

    @property
    def name(self) -> str: ...


Item = TypeVar("Item", bound=Named)


class Kept(msgspec.Struct, Generic[Item], frozen=True):
    """Something as it is kept."""

    item: Item
    revision: int
    updated_at: str


class Exists(Exception):
    """There is one of this name already."""


class TooMany(Exception):
    """There are as many as there may be."""


class Collection(Generic[Item]):
    """All of one kind, such as the views, each under its name. Every method may raise StoreUnavailable."""

    def __init__(self, state: SharedState, kind: str, type: type[Item], most: int) -> None:
        self._state = state
        self._kind = kind
        self._decode = msgspec.json.Decoder(type).decode
        self.most = most

    async def listed(self) -> list[Kept[Item]]:
        """By name."""
        return [self._kept(document) for document in await self._state.listed(self._kind)]

    async def get(self, name: str) -> Kept[Item] | None:
        document = await self._state.get(self._kind, name)
        return None if document is None else self._kept(document)

    async def add(self, item: Item) -> Kept[Item]:
        """Raises Exists or TooMany."""
        if len(await self._state.listed(self._kind)) >= self.most:
            raise TooMany
        await self._write([self._put(item, 0)])
        return await self._found(item.name)

    async def replace(self, kept: Kept[Item], item: Item, *others: Change) -> Kept[Item]:
        """What was read as `kept` becomes `item`, whose name may differ, with what else changes then.

        Raises Outdated, or Exists for the name.
        """
        if item.name == kept.item.name:
            await self._state.write([self._put(item, kept.revision), *others])
        else:
            if await self.get(item.name) is not None:
                raise Exists
            gone = Remove(self._kind, kept.item.name, kept.revision)
            await self._state.write([self._put(item, 0), gone, *others])
        return await self._found(item.name)

    async def remove(self, name: str, *others: Change) -> None:
        """With what else goes with it."""
        await self._state.write([Remove(self._kind, name), *others])

    def _put(self, item: Item, expected: int) -> Put:
        return Put(self._kind, item.name, msgspec.json.encode(item), expected)

    async def _write(self, changes: Sequence[Change]) -> None:
        try:
            await self._state.write(changes)
        except Outdated:
            raise Exists from None

    async def _found(self, name: str) -> Kept[Item]:
        kept = await self.get(name)
        if kept is None:
            raise Outdated
        return kept

    def _kept(self, document: Document) -> Kept[Item]:
        return Kept(self._decode(document.body), document.revision, document.updated_at)
