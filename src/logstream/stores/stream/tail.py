"""What comes out of the stream, handed on in its order on every node, also what the node itself has stored.

So the viewers of all nodes see the same. What a node has stored it does not take apart again: it knows the batches.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Final

from logstream.entries.entry import Batch
from logstream.store import Claim, StoreUnavailable
from logstream.stores.stream.connection import Connection
from logstream.stores.stream.consumer import Consumer, Delivered
from logstream.stores.stream.message import Foreign, StreamBatch, claim_of, decode, unpack
from logstream.stores.stream.recent import Recent
from logstream.stores.stream.stream import Stream
from logstream.stores.stream.writer import whole_body

log = logging.getLogger("logstream.stream")

THREAD_BYTES: Final = 256 * 1024
"""Bytes from which on unpacking is left to a thread."""


RETRY_SECONDS: Final = 0.5


BEFORE_START: Final = 500
"""Messages from before a start whose entries are remembered, for viewers that come back then."""

TURN_BYTES: Final = 256 * 1024
"""What is handed on before others have their turn on the event loop."""

Missed = Callable[[int, int], AsyncIterator[StreamBatch]]
"""What the store has of the messages between two."""


class Tail:
    """The end of `stream`, as it grows. `missed` reads from the store what has gone from it before it came here."""

    def __init__(self, connection: Connection, stream: Stream, missed: Missed) -> None:
        self._connection = connection
        self._stream = stream
        self._missed = missed
        self._expected: dict[str, list[Batch]] = {}
        """What this node has sent, by message."""
        self._publish: Callable[[Batch], None] = lambda batch: None
        self._task: asyncio.Task[None] | None = None
        self.recent = Recent()
        self.sequence = 0
        """The message that was handed on last."""
        self.fault: str | None = None
        """Why nothing more is handed on, though there is something."""

    def start(self, after: int) -> None:
        """Hand on what comes behind a message."""
        self.sequence = after

    def follow(self, publish: Callable[[Batch], None]) -> None:
        self._publish = publish
        self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def expect(self, message: str, batches: list[Batch]) -> None:
        self._expected[message] = batches

    def forget(self, message: str) -> None:
        self._expected.pop(message, None)

    async def _run(self) -> None:
        begun, turn = self.sequence, 0
        async for portion in Consumer(self._connection, self._stream, max(1, begun - BEFORE_START)).portions():
            for delivered in portion:
                batches = await self._opened(delivered)
                if delivered.sequence <= begun:
                    for batch in batches:
                        self.recent.add(batch)
                    continue
                if delivered.sequence > self.sequence + 1:
                    await self._catch_up(delivered.sequence)
                for batch in batches:
                    self._hand_on(batch)
                    turn += len(batch.lines)
                self.sequence = delivered.sequence
                if turn > TURN_BYTES:
                    turn = 0
                    await asyncio.sleep(0)

    def _hand_on(self, batch: StreamBatch) -> None:
        self.recent.add(batch)
        try:
            self._publish(batch)
        except Exception:  # the next one is to come all the same
            log.exception("a batch of the stream could not be handed on")

    async def _catch_up(self, until: int) -> None:
        """Hand on what was taken out of the stream before it came here, from the store, however long that is away."""
        while True:
            try:
                if (await self._stream.look()).state.first_seq <= self.sequence + 1:
                    return
                log.warning("messages %d to %d are read from the store", self.sequence + 1, until - 1)
                async for batch in self._missed(self.sequence, until):
                    self._hand_on(batch)
                    self.sequence = batch.sequence
                return
            except StoreUnavailable as error:
                log.warning("reading what is no longer in the stream waits: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _opened(self, delivered: Delivered) -> list[StreamBatch]:
        """The batches of a message, however long the stream can't be asked for its parts."""
        while True:
            try:
                batches = await self._batches(delivered)
                self.fault = None
                return batches
            except Foreign as error:
                log.error("message %d of the stream is left out: %s", delivered.sequence, error)
                return []
            except StoreUnavailable as error:
                if self.fault is None:
                    log.warning("message %d of the stream, and what is behind it, waits: %s", delivered.sequence, error)
                self.fault = str(error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _batches(self, delivered: Delivered) -> list[StreamBatch]:
        if delivered.is_part:
            return []
        head, _ = decode(delivered.payload)
        own = self._expected.pop(head.message, None)
        if own is None:
            batch, _ = await opened(self._stream, delivered)
            return [batch]
        batches: list[StreamBatch] = []
        first = 0
        for each in own:
            batches.append(StreamBatch.of(each, delivered.sequence, first))
            first += len(each)
        return batches


async def opened(stream: Stream, delivered: Delivered) -> tuple[StreamBatch, Claim | None]:
    """The entries of a message, and the claim that came with them. Raises Foreign or StoreUnavailable."""
    head, body = decode(delivered.payload)
    if head.parts:
        body = await whole_body(stream, head, body)
    if head.lines > THREAD_BYTES:
        lines, content = await asyncio.to_thread(unpack, head, body)
    else:
        lines, content = unpack(head, body)
    return StreamBatch(delivered.sequence, 0, lines, head.entries, head.last_id), claim_of(head, content)


async def read(connection: Connection, stream: Stream, after: int, until: int) -> AsyncIterator[StreamBatch]:
    """What lies between two messages, the second included."""
    if after >= until:
        return
    expected = after + 1
    consumer = Consumer(connection, stream, expected)
    async with contextlib.aclosing(consumer.portions()) as portions:  # type: ignore[type-var]
        async for portion in portions:
            for delivered in portion:
                if delivered.sequence != expected and (await stream.look()).state.first_seq > expected:
                    raise StoreUnavailable("the stream no longer reaches back so far")
                expected = delivered.sequence + 1
                with contextlib.suppress(Foreign):  # said by the tail
                    if not delivered.is_part:
                        yield (await opened(stream, delivered))[0]
                if delivered.sequence == until:
                    return
