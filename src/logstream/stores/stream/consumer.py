"""Reading the stream from a message on, in order and none twice, whatever becomes of servers and connections.

An ephemeral push consumer that the server numbers: where a number is missing, or nothing has been heard for a while,
another one is made behind the last message that came. Flow control keeps what waits here bounded.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from nats.aio.msg import Msg
from nats.errors import Error

from logstream.stores.stream import jetstream
from logstream.stores.stream.connection import Connection, Unanswered
from logstream.stores.stream.jetstream import NANOSECONDS, ApiError
from logstream.stores.stream.stream import Stream

log = logging.getLogger("logstream.stream")

HEARTBEAT: Final = 1.0
SILENCE: Final = 3.0
"""Seconds without a heartbeat after which another consumer is made."""

RETRY_SECONDS: Final = 0.1
INACTIVE: Final = 30
"""Seconds after which the server removes a consumer that nobody listens to."""


class Delivered(NamedTuple):
    """A message of the stream. `is_part`: what a later message begins with, of no use on its own."""

    sequence: int
    payload: bytes
    is_part: bool


class Interrupted(Exception):
    """The consumer is gone, or has left something out."""


class Consumer:
    """Messages of the stream, the first being `start` or later."""

    def __init__(self, connection: Connection, stream: Stream, start: int) -> None:
        self._connection = connection
        self._stream = stream.name
        self._parts = stream.parts
        self._next = start

    async def portions(self) -> AsyncIterator[list[Delivered]]:
        """What has arrived, all at once, for ever. Its reader takes its time: what does not fit waits at the server."""
        while True:
            try:
                async with contextlib.aclosing(self._connected()) as portions:  # type: ignore[type-var]
                    async for portion in portions:
                        yield portion
            except Interrupted as error:
                log.info("reading the stream goes on with message %d: %s", self._next, error)
            except (Unanswered, ApiError, Error) as error:
                log.info("reading the stream waits: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _connected(self) -> AsyncIterator[list[Delivered]]:
        queue: asyncio.Queue[Msg] = asyncio.Queue()
        inbox, name = self._connection.new_inbox(), f"n{secrets.token_hex(8)}"
        subscription = await self._connection.subscribe(inbox, queue.put)
        try:
            await jetstream.create_consumer(self._connection, self._stream, name, self._config(inbox))
            received = 0
            while True:
                messages = await self._next_messages(queue)
                portion: list[Delivered] = []
                for message in messages:
                    if message.headers is not None and "Status" in message.headers:
                        await self._answer(message, message.headers, received)
                        continue
                    sequence, number = _numbers(message.reply)
                    if number != received + 1:
                        break
                    received = number
                    if sequence >= self._next:
                        portion.append(Delivered(sequence, message.data, message.subject == self._parts))
                        self._next = sequence + 1
                else:
                    if portion:
                        yield portion
                    continue
                if portion:
                    yield portion
                raise Interrupted("a message was left out")
        finally:
            with contextlib.suppress(Error, OSError):
                await subscription.unsubscribe()
            with contextlib.suppress(Unanswered, ApiError):
                await self._connection.tell(f"$JS.API.CONSUMER.DELETE.{self._stream}.{name}", b"")

    def _config(self, inbox: str) -> dict[str, object]:
        return {
            "deliver_subject": inbox,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": self._next,
            "ack_policy": "none",
            "replay_policy": "instant",
            "flow_control": True,
            "idle_heartbeat": int(HEARTBEAT * NANOSECONDS),
            "inactive_threshold": INACTIVE * NANOSECONDS,
            "num_replicas": 1,
            "mem_storage": True,
        }

    async def _next_messages(self, queue: "asyncio.Queue[Msg]") -> list[Msg]:
        until = time.monotonic() + SILENCE
        try:
            async with asyncio.timeout(SILENCE):
                messages = [await queue.get()]
        except TimeoutError:
            raise Interrupted(f"nothing was heard for {time.monotonic() - until + SILENCE:.1f} s") from None
        while not queue.empty():
            messages.append(queue.get_nowait())
        return messages

    async def _answer(self, message: Msg, headers: dict[str, str], received: int) -> None:
        """A heartbeat, or the server's question whether more may come."""
        if headers["Status"] != "100":
            raise Interrupted(f"the server says {headers['Status']} {headers.get('Description', '')}")
        stalled = headers.get("Nats-Consumer-Stalled")
        if answered := message.reply or stalled:
            await self._connection.tell(answered, b"")
        last = headers.get("Nats-Last-Consumer")
        if last is not None and not message.reply and int(last) > received:
            raise Interrupted("a message was left out")


def _numbers(reply: str) -> tuple[int, int]:
    """Of the subject for acknowledging a message: its sequence, and its number in the consumer."""
    tokens = reply.split(".")
    at = 5 if len(tokens) == 9 else 7  # newer servers put domain and account before the stream
    return int(tokens[at]), int(tokens[at + 1])
