"""The stream: made at the first start, adopted at every other, and refused when it is not as it must be.

It never discards by itself: `discard=new`, and no age. What the store has is taken out by `trim`, what it lacks stays,
however full the stream is: then nothing more is accepted until there is room.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

import msgspec

from logstream.entries.timestamps import parse_timestamp
from logstream.store import StoreUnavailable
from logstream.stores.stream import jetstream
from logstream.stores.stream.connection import Connection, Unanswered
from logstream.stores.stream.jetstream import ApiError, Stored, StreamInfo

log = logging.getLogger("logstream.stream")

OPEN_SECONDS: Final = 30.0
"""How long a start waits until JetStream has a leader."""

LED_SECONDS: Final = 5.0
"""How long whoever asks for the last message waits until no other server can lead the stream."""

AGAIN_SECONDS: Final = 0.1

FILLED: Final = 0.8
"""Part of `max_bytes` from which on what the store has is taken out, before its time."""


class StreamSettings(msgspec.Struct, frozen=True):
    """`replicas`: None: three, or as many as there are servers. `keep`: how long what the store has stays."""

    name: str = "LOGSTREAM"
    replicas: int | None = None
    max_bytes: int = 10_000_000_000
    keep: timedelta = timedelta(days=1)
    duplicate_window: timedelta = timedelta(minutes=2)


class StreamRefused(StoreUnavailable):
    """There is a stream of this name that is another one; the text says what differs."""


class Stream:
    """The stream of `settings` over `connection`."""

    def __init__(self, connection: Connection, settings: StreamSettings) -> None:
        self._connection = connection
        self.settings = settings
        self.name = settings.name
        self.entries = f"{self.name}.entries"
        """The subject of batches without a claim."""
        self.parts = f"{self.name}.parts"
        """The subject of what a long message begins with."""
        self.info: StreamInfo | None = None
        """As it was last seen."""
        self._asking: asyncio.Future[int] | None = None
        self._next: asyncio.Future[int] | None = None

    @property
    def claims(self) -> str:
        """The subjects of batches with a claim: one each, so that the stream itself decides who was first."""
        return f"{self.name}.claims.*"

    def subject_of(self, client: str, key: str) -> str:
        digest = blake2b(f"{client}\0{key}".encode(), digest_size=16).hexdigest()
        return f"{self.name}.claims.{digest}"

    async def open(self, first: int) -> StreamInfo:
        """Make the stream, whose first message is to have this sequence, or adopt it.

        Raises StreamRefused, or StoreUnavailable when JetStream is not ready in time.
        """
        until = time.monotonic() + OPEN_SECONDS
        while True:
            try:
                self.info = await self._made_or_adopted(first)
                return self.info
            except Unanswered as error:
                reason = str(error)
            except ApiError as error:
                if error.number in jetstream.FULL:
                    raise StreamRefused(f"JetStream has no room for the stream {self.name}: {error}") from None
                reason = f"JetStream refuses the stream {self.name}: {error}"
            if time.monotonic() > until:
                raise StoreUnavailable(f"{reason}; is JetStream switched on, and do most of its servers run?")
            log.warning("waiting for JetStream: %s", reason)
            await asyncio.sleep(0.5)

    async def _made_or_adopted(self, first: int) -> StreamInfo:
        wanted = self._config(first)
        try:
            found = await jetstream.info(self._connection, self.name)
        except ApiError as error:
            if error.number != jetstream.NOT_FOUND:
                raise
            try:
                made = await jetstream.create(self._connection, self.name, wanted)
            except ApiError as error:
                if error.number != jetstream.NAME_IN_USE:  # another node has made it at the same moment
                    raise
                found = await jetstream.info(self._connection, self.name)
            else:
                log.info("the stream %s is made, with %d replicas", self.name, wanted["num_replicas"])
                return made
        return await self._adopted(found, wanted)

    async def _adopted(self, found: StreamInfo, wanted: Mapping[str, Any]) -> StreamInfo:
        if differences := self._differences(found.config, wanted):
            raise StreamRefused(
                f"the stream {self.name} is not as it must be: {'; '.join(differences)}; remove it, or set NATS_STREAM"
            )
        sizes = {name: wanted[name] for name in ("max_bytes", "duplicate_window") if found.config[name] != wanted[name]}
        if not sizes:
            return found
        log.warning("the stream %s gets what the settings say: %s", self.name, sizes)
        return await jetstream.update(self._connection, self.name, {**found.config, **sizes})

    def _config(self, first: int) -> dict[str, Any]:
        settings = self.settings
        return {
            "name": self.name,
            "subjects": [f"{self.name}.entries", f"{self.name}.parts", f"{self.name}.claims.*"],
            "retention": "limits",
            "storage": "file",
            "discard": "new",
            "num_replicas": settings.replicas or min(3, self._connection.servers),
            "max_bytes": settings.max_bytes,
            "max_age": 0,
            "max_msgs": -1,
            "max_msgs_per_subject": -1,
            "duplicate_window": int(settings.duplicate_window.total_seconds() * jetstream.NANOSECONDS),
            "allow_direct": True,
            "first_seq": first,
        }

    def _differences(self, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
        checked = ["subjects", "retention", "storage", "discard", "max_age", "max_msgs", "max_msgs_per_subject"]
        if self.settings.replicas is not None:
            checked.append("num_replicas")
        differences = [
            f"{name} is {found.get(name)!r} instead of {wanted[name]!r}"
            for name in checked
            if (sorted(found.get(name) or []) if name == "subjects" else found.get(name)) != _in_order(wanted[name])
        ]
        strange = [name for name in ("mirror", "sources", "sealed", "no_ack") if found.get(name)]
        return differences + [f"{name} is set" for name in strange]

    async def last_sequence(self) -> int:
        """The last message that was stored by now, as the leader knows. All who ask in one moment share a request.

        Raises StoreUnavailable.
        """
        if self._asking is None:
            self._asking = self._ask()
            return await _outcome(self._asking)
        # The one on its way may have been answered before what the caller knows of was stored.
        if self._next is None:
            self._next = asyncio.ensure_future(self._ask_after(self._asking))
            self._next.add_done_callback(self._answered)
        return await _outcome(self._next)

    def _ask(self) -> "asyncio.Future[int]":
        asking = asyncio.ensure_future(self._read_last())
        asking.add_done_callback(self._answered)
        return asking

    def _answered(self, asked: "asyncio.Future[int]") -> None:
        if self._asking is asked:
            self._asking = None
        if not asked.cancelled():
            asked.exception()  # whoever asked may have gone

    async def _ask_after(self, asked: "asyncio.Future[int]") -> int:
        await asyncio.wait((asked,))
        self._asking, self._next = self._ask(), None
        return await self._asking

    async def _read_last(self) -> int:
        until = time.monotonic() + LED_SECONDS
        while not (info := await self.look()).cluster.is_led:
            if time.monotonic() > until:
                reason = f"the NATS server that leads the stream {self.name} hears from too few of the others"
                raise StoreUnavailable(reason, retry_after=2)
            await asyncio.sleep(AGAIN_SECONDS)
        return info.state.last_seq

    async def look(self) -> StreamInfo:
        """The stream as its leader sees it. Raises StoreUnavailable."""
        try:
            self.info = await jetstream.info(self._connection, self.name)
        except ApiError as error:
            raise StoreUnavailable(f"the stream {self.name} can't be asked: {error}", retry_after=5) from None
        return self.info

    async def get(self, **which: Any) -> Stored | None:
        """See jetstream.get. Raises StoreUnavailable."""
        try:
            return await jetstream.get(self._connection, self.name, **which)
        except ApiError as error:
            raise StoreUnavailable(f"the stream {self.name} can't be read: {error}") from None

    async def trim(self, progress: int) -> None:
        """Take out what the store has, up to `progress`, and is older than it is kept, or is too much."""
        state = (await self.look()).state
        last = min(progress, state.last_seq)
        upto = state.first_seq
        if state.bytes > FILLED * self.settings.max_bytes:
            upto = state.first_seq + (last - state.first_seq) // 3
        before = datetime.now(UTC) - self.settings.keep
        oldest = parse_timestamp(state.first_ts)
        if oldest is not None and oldest < before:
            upto = max(upto, await self._first_since(before, state.first_seq, last))
        if upto > state.first_seq:
            try:
                await jetstream.purge(self._connection, self.name, seq=upto)
            except ApiError as error:
                raise StoreUnavailable(f"the stream {self.name} can't be trimmed: {error}") from None
            log.info("the stream begins with message %d: the store has what came before", upto)

    async def _first_since(self, moment: datetime, low: int, high: int) -> int:
        """The first message of a moment or later, by bisection; at most `high`."""
        while low < high:
            middle = (low + high) // 2
            found = await self.get(seq=middle, next_by_subj=f"{self.name}.>")
            stored = None if found is None else parse_timestamp(found.time)
            if stored is not None and stored < moment:
                low = middle + 1
            else:
                high = middle
        return low


def _in_order(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


async def _outcome(shared: "asyncio.Future[int]") -> int:
    """Wait for what others wait for too: a cancel ends the waiting alone."""
    await asyncio.wait((shared,))
    return shared.result()
