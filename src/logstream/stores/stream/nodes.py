"""Which nodes there are: each says so every second to all that listen, and nothing is kept of it.

With it goes what one node alone knows: how far the store has come, for searches that wait for it, and that they wait.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

import msgspec
from nats.aio.msg import Msg

from logstream.stores.stream.connection import Connection

BEAT_SECONDS: Final = 1.0
GONE_SECONDS: Final = 4.0
"""After so long without a word a node counts as gone."""


class Beat(msgspec.Struct, frozen=True):
    """What a node says of itself. `instance`: this start of it; `indexes`: whether it fills the store."""

    node: str
    instance: str
    version: str
    indexes: bool


class Progress(msgspec.Struct, frozen=True):
    """The store has come to this message."""

    sequence: int


class Nodes:
    """This node among the others of the stream `stream`. `describe` gives its own beat."""

    def __init__(
        self, connection: Connection, stream: str, describe: Callable[[], Beat], progressed: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._beats = f"{stream}_NODES.beat"
        self._progress = f"{stream}_NODES.progress"
        self._describe = describe
        self._progressed = progressed
        self._hurry = f"{stream}_NODES.hurry"
        self.hurry = asyncio.Event()
        """Set when somebody waits for the store to be filled, on any node."""
        self._seen: dict[str, tuple[Beat, float]] = {}
        self._task: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        await self._connection.listen(self._beats, self._hear)
        await self._connection.listen(self._progress, self._hear_progress)
        await self._connection.listen(self._hurry, self._hear_hurry)
        self._task = asyncio.ensure_future(self._beat_forever())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @property
    def seen(self) -> list[Beat]:
        """The nodes that said something lately, this one among them, by name."""
        now = time.monotonic()
        self._seen = {key: pair for key, pair in self._seen.items() if now - pair[1] < GONE_SECONDS}
        others = [beat for beat, _ in self._seen.values() if beat.instance != self._describe().instance]
        return sorted([self._describe(), *others], key=lambda beat: beat.node)

    def announce(self, sequence: int) -> None:
        """Tell all, this node included, how far the store has come."""
        self._progressed(sequence)
        self._tell(self._progress, msgspec.json.encode(Progress(sequence)))

    def ask_to_hurry(self) -> None:
        """Have whoever fills the store wait for nothing more."""
        self.hurry.set()
        self._tell(self._hurry, b"")

    def _tell(self, subject: str, payload: bytes) -> None:
        telling = asyncio.ensure_future(self._connection.tell(subject, payload))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _beat_forever(self) -> None:
        while True:
            await self._connection.tell(self._beats, msgspec.json.encode(self._describe()))
            await asyncio.sleep(BEAT_SECONDS)

    async def _hear(self, message: Msg) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            beat = msgspec.json.decode(message.data, type=Beat)
            self._seen[beat.instance] = (beat, time.monotonic())

    async def _hear_hurry(self, message: Msg) -> None:
        self.hurry.set()

    async def _hear_progress(self, message: Msg) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            self._progressed(msgspec.json.decode(message.data, type=Progress).sequence)
