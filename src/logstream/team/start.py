"""The view or dashboard that the page begins with for everybody who has not chosen one of their own."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from logstream.shared import Change, Collection, Put, SharedState
from logstream.team.named_query import Unusable, given_members

START: Final = ("start", "page")
"""Kind and name of the one document."""


class Start(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them by its name; neither: the logs."""

    view: str | None = None
    dashboard: str | None = None


class StartPage:
    """`collections`: by member of Start, where such a name is looked up. Every method may raise StoreUnavailable."""

    def __init__(self, state: SharedState, **collections: Collection[Any]) -> None:
        self._state = state
        self._collections = collections

    async def get(self) -> Start:
        """What is no longer there is no start page."""
        start = await self._kept()
        return start if await self._missing(start) is None else Start()

    async def set(self, given: Mapping[str, Any]) -> Start:
        """Raises Unusable."""
        values = given_members(given, Start.__struct_fields__)
        if len(values) > 1 or not all(isinstance(name, str) for name in values.values()):
            raise Unusable('either {"view": name}, {"dashboard": name} or {} is expected')
        start = Start(**values)
        if (missing := await self._missing(start)) is not None:
            raise Unusable(f"there is no {missing}")
        await self._state.write([_put(start)])
        return start

    async def renamed(self, kind: str, name: str, to: str) -> list[Change]:
        """What else changes with the name of something, so that the page goes on beginning with it."""
        return [_put(Start(**{kind: to}))] if await self._kept() == Start(**{kind: name}) else []

    async def _kept(self) -> Start:
        document = await self._state.get(*START)
        return Start() if document is None else msgspec.json.decode(document.body, type=Start)

    async def _missing(self, start: Start) -> str | None:
        """What is not there of what it names."""
        for kind, name in msgspec.to_builtins(start).items():
            if await self._collections[kind].get(name) is None:
                return f"{kind} {name[:100]!r}"
        return None


def _put(start: Start) -> Put:
    return Put(*START, msgspec.json.encode(start))
