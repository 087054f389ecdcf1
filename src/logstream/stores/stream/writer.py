"""Into the stream: what waits together is one message, several are on their way, and no outcome is left open.

A message has an id of its own, so one whose acknowledgement does not come is sent again until it is known to be there.
A claim has a subject of its own, on which the stream takes one message alone: of two servers that are asked the same at
once, one stores, and the other finds what the first answered.

Messages that are on their way together may change places where one has to be sent again. Nobody can see that: none of
them was acknowledged when the other was sent, and the order of acceptance is that of the stream.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from logstream.entries.entry import Batch
from logstream.entries.ids import new_trace_id
from logstream.entries.timestamps import parse_timestamp
from logstream.store import Claim, Receipt, StoreUnavailable
from logstream.stores.backpressure import Backpressure
from logstream.stores.stream import jetstream
from logstream.stores.stream.connection import AWAY_SECONDS, Connection, Unanswered
from logstream.stores.stream.jetstream import ApiError, Stored
from logstream.stores.stream.message import Head, decode, encode, pack, unpack
from logstream.stores.stream.stream import Stream

log = logging.getLogger("logstream.stream")

KEEP: Final = timedelta(hours=24)
"""How long a claim holds."""

IN_FLIGHT: Final = 16
"""Messages on their way. More than 16 brought the servers no more of 100 kB, and of small ones more join instead."""

MAX_GROUP_ENTRIES: Final = 5000
MAX_GROUP_BYTES: Final = 1024 * 1024
"""What a message takes at most, before it is compressed: longer ones only make the first of them wait."""

THREAD_BYTES: Final = 128 * 1024
"""Bytes from which on packing is left to a thread."""

PUBLISH_SECONDS: Final = 2.0
"""How long an acknowledgement may take before the message is sent again."""

OUTCOME_SECONDS: Final = 12.0
"""How long a message is sent again; a new leader is there after some 2 to 6 s. Within the window of duplicates."""


LATELY_SECONDS: Final = 30.0


class Write(NamedTuple):
    """A batch on its way."""

    batch: Batch
    claim: Claim | None
    on_durable: Callable[[], None]
    future: "asyncio.Future[Receipt | None]"


Register = Callable[[str, list[Batch]], None]


class Writer:
    """Writes batches to `stream`. `expect` is told of every message before it is sent, `forget` of one that failed."""

    def __init__(
        self, connection: Connection, stream: Stream, node: str, expect: Register, forget: Callable[[str], None]
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._node = node
        self._expect = expect
        self._forget = forget
        self._queue: deque[Write] = deque()
        self._queued = asyncio.Event()
        self.backpressure = Backpressure("the stream")
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._publishing: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._refused: tuple[str, float] | None = None

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._write_forever())

    async def stop(self) -> None:
        """Write what waits, as long as that may take."""
        self._stopping = True
        self._queued.set()
        if self._task is not None:
            await self._task
        while self._publishing:
            await asyncio.wait(self._publishing)

    @property
    def refused(self) -> str | None:
        """Why the last message was not taken, if that was lately."""
        if self._refused is None or time.monotonic() - self._refused[1] > LATELY_SECONDS:
            return None
        return self._refused[0]

    async def append(self, batch: Batch, claim: Claim | None, on_durable: Callable[[], None]) -> Receipt | None:
        """See store.Appender. Raises StoreUnavailable: the entries may be there then, and nobody was told so."""
        away = self._connection.away
        if away is not None and self._connection.away_seconds > AWAY_SECONDS:
            raise StoreUnavailable(away, retry_after=5)
        future: asyncio.Future[Receipt | None] = asyncio.get_running_loop().create_future()
        self._queue.append(Write(batch, claim, on_durable, future))
        self.backpressure.add(len(batch.lines))
        self._queued.set()
        return await future

    async def _write_forever(self) -> None:
        while True:
            await self._queued.wait()
            self._queued.clear()
            while self._queue:
                await self._slots.acquire()
                group = self._take()
                task = asyncio.ensure_future(self._store(group))
                self._publishing.add(task)
                task.add_done_callback(self._publishing.discard)
            if self._stopping:
                return

    def _take(self) -> list[Write]:
        """The next group: one with a claim is on its own."""
        group = [self._queue.popleft()]
        entries, size = len(group[0].batch), len(group[0].batch.lines)
        while self._queue and group[0].claim is None and self._queue[0].claim is None:
            batch = self._queue[0].batch
            entries += len(batch)
            size += len(batch.lines)
            if entries > MAX_GROUP_ENTRIES or size > MAX_GROUP_BYTES:
                break
            group.append(self._queue.popleft())
        return group

    async def _store(self, group: list[Write]) -> None:
        """Write a message, and answer all whose batches it has."""
        message = new_trace_id()
        given: Receipt | None = None
        fault: StoreUnavailable | None = None
        self._expect(message, [write.batch for write in group])
        try:
            given = await self._publish(message, group)
            self._refused = None
        except StoreUnavailable as error:
            fault, self._refused = error, (str(error), time.monotonic())
        except Exception as error:  # else every sender would wait for ever
            log.exception("a message could not be written to the stream")
            fault = StoreUnavailable(f"the stream can't be written: {error}", retry_after=5)
        finally:
            self._slots.release()
        if fault is not None or given is not None:
            self._forget(message)
        for write in group:
            self.backpressure.remove(len(write.batch.lines))
            if fault is None and given is None:
                _call(write)
            if write.future.done():  # cancelled: whoever waited has gone, what was stored stays
                continue
            if fault is None:
                write.future.set_result(given)
            else:
                write.future.set_exception(StoreUnavailable(str(fault), fault.retry_after))

    async def _publish(self, message: str, group: list[Write]) -> Receipt | None:
        batches, claim = [write.batch for write in group], group[0].claim
        receipt = None if claim is None else claim.receipt
        lines = sum(len(batch.lines) for batch in batches)
        body = await asyncio.to_thread(pack, batches, receipt) if lines > THREAD_BYTES else pack(batches, receipt)
        most = self._connection.max_payload
        parts: list[int] = []
        while len(body) > most:
            part, body = body[:most], body[most:]
            headers = {"Nats-Msg-Id": f"{message}-{len(parts)}"}
            parts.append(await self._acknowledged(self._stream.parts, part, headers))
        head = Head(
            message,
            self._node,
            sum(map(len, batches)),
            batches[-1].last_id,
            lines,
            client="" if claim is None else claim.client,
            key=None if claim is None else claim.key,
            code=0 if receipt is None else receipt.code,
            parts=tuple(parts),
        )
        if claim is None:
            await self._acknowledged(self._stream.entries, encode(head, body), {"Nats-Msg-Id": message})
            return None
        return await self._claimed(claim, message, encode(head, body))

    async def _claimed(self, claim: Claim, message: str, payload: bytes) -> Receipt | None:
        """Store a message as the one of its claim; None, or the receipt of the message that was there before."""
        subject = self._stream.subject_of(claim.client, claim.key)
        expected = 0
        while True:
            try:
                await self._acknowledged(subject, payload, {"Nats-Expected-Last-Subject-Sequence": str(expected)})
                return None
            except ApiError as error:
                if error.number not in jetstream.WRONG_LAST_SEQUENCE:
                    raise StoreUnavailable(f"the stream refuses the entries: {error}") from None
            found = await self._stream.get(last_by_subj=subject)
            if found is None:  # taken out meanwhile
                expected = 0
                continue
            head, _ = decode(found.payload)
            if head.message == message:  # ours, whose acknowledgement was lost
                return None
            if (receipt := await receipt_in(self._stream, found)) is not None:
                return receipt
            expected = found.sequence

    async def _acknowledged(self, subject: str, payload: bytes, headers: dict[str, str]) -> int:
        """Send a message until it is known to be stored; returns its sequence.

        Raises StoreUnavailable when that takes too long or there is no room, and ApiError for a claim that is taken.
        """
        until = time.monotonic() + OUTCOME_SECONDS
        pause = 0.01
        while True:
            try:
                ack = await jetstream.publish(self._connection, subject, payload, headers, PUBLISH_SECONDS)
                return ack.seq
            except Unanswered as error:
                if time.monotonic() > until:
                    raise StoreUnavailable(f"{error}; the entries may be stored, and are not acknowledged", 5) from None
            except ApiError as error:
                if error.number in jetstream.FULL:
                    raise StoreUnavailable(f"the stream has no room: {error}", retry_after=10) from None
                if error.number in jetstream.WRONG_LAST_SEQUENCE:
                    raise
                if time.monotonic() > until:
                    raise StoreUnavailable(f"the stream refuses the entries: {error}", retry_after=5) from None
            await asyncio.sleep(pause)
            pause = min(2 * pause, 0.25)


async def receipt_in(stream: Stream, found: Stored) -> Receipt | None:
    """The receipt of the claim that a message has; None when it no longer holds. Raises StoreUnavailable."""
    stored = parse_timestamp(found.time)
    if stored is None or stored < datetime.now(UTC) - KEEP:
        return None
    head, body = decode(found.payload)
    _, content = await asyncio.to_thread(unpack, head, await whole_body(stream, head, body))
    return Receipt(head.code, content)


async def whole_body(stream: Stream, head: Head, body: bytes) -> bytes:
    """The body of a message with the parts in which it begins. Raises StoreUnavailable."""
    parts: list[bytes] = []
    for sequence in head.parts:
        part = await stream.get(seq=sequence)
        if part is None:
            raise StoreUnavailable(f"message {sequence} of the stream is missing")
        parts.append(part.payload)
    return b"".join([*parts, body])


def _call(write: Write) -> None:
    try:
        write.on_durable()
    except Exception:  # what is durable is acknowledged, whatever becomes of the metrics
        log.exception("a stored batch could not be counted")
