"""One connection of a stream: bytes in, entries stored, then more bytes.

What arrives while a batch is being stored is the next batch, so a fast sender has large ones and a slow one is not kept
waiting; and no more is read than that. What was read is stored, also when the sender has gone or the server stops.
"""

import asyncio
import contextlib
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Final, Protocol

import msgspec

from logstream.entries.timestamps import utc_now
from logstream.formats.clock import Clock
from logstream.memory import Loan, Memory, NoRoom
from logstream.receivers.session import Arrival, Broken, Session
from logstream.sockets.connections import Connections
from logstream.sockets.counts import Counts
from logstream.sockets.storing import GivenUp, Storing, patiently

log = logging.getLogger("logstream.sockets")

UNREAD: Final = 64 * 1024
"""Bytes that wait while a batch is being stored; with more, the connection is not read."""

SMALL: Final = 64 * 1024
"""Bytes of a message on its way that need no loan."""

SLICE: Final = 64 * 1024
"""Bytes of messages that are read at a time on the event loop, some 5 ms."""

FACTOR: Final = 12
"""What messages come to while they are stored, for each of their bytes: records and entries as objects."""

STOP_SECONDS: Final = 0.1
"""When the server stops, a connection ends once nothing came for so long."""

MESSAGE_SECONDS: Final = 60
"""How long a message that is not small may take: it holds memory."""

STOP_READ_SECONDS: Final = 2.0
"""For so long a connection on which more and more comes is read once the server stops."""

UNTAKEN: Final = 256 * 1024
"""Bytes of acknowledgements that a sender may leave unread."""

KEEPALIVE: Final = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""A peer that has vanished is found after two minutes."""

_HTTP: Final = re.compile(rb"(?:GET|POST|PUT|HEAD|OPTIONS|PATCH|DELETE|TRACE|CONNECT) \S+ HTTP/\d")
"""No program that logs begins so: a website, or somebody at the wrong port."""


class Verdict(msgspec.Struct, frozen=True):
    """Whether a sender may go on. `client`: the registered client that it is."""

    allowed: bool
    reply: bytes = b""
    client: str | None = None
    taken: bool = True
    """Whether the message was about letting in, and holds no entries."""


class Guard(Protocol):
    """Lets in the sender of one connection by its first message."""

    @property
    def greeting(self) -> bytes:
        """What the server says first; empty when it says nothing."""

    async def admit(self, message: bytes) -> Verdict: ...


class Surroundings(msgspec.Struct, frozen=True):
    """What the connections of a listener share."""

    storing: Storing
    memory: Memory
    counts: Counts
    connections: Connections
    executor: Executor
    in_thread: int
    """Bytes of messages from which on they are read in a thread."""


class Connection(asyncio.Protocol):
    """A connection from its acceptance until everything it sent is stored."""

    def __init__(
        self, session: Session, clock: Clock, peer: str, around: Surroundings, left: Callable[["Connection"], None]
    ) -> None:
        self.peer = peer
        self.heard_at = time.monotonic()
        self.guard: Guard | None = None
        self._session = session
        self._clock = clock
        self._around = around
        self._left = left
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: list[bytes] = []
        self._size = 0
        self._paused = False
        self._ended = False
        self._stopping = False
        self._busy = False
        self._wake: asyncio.Future[None] | None = None
        self._client: str | None = None
        self._first = True
        self._begun_at = self.heard_at
        self._loan = Loan(around.memory.bodies, peer, None)

    @property
    def idle(self) -> bool:
        return not (self._busy or self._waiting or self._session.held)

    @property
    def started(self) -> bool:
        """Whether it has been connected; in TLS, after the handshake."""
        return self._task is not None

    # -- what the event loop tells

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        _keep_alive(transport.get_extra_info("socket"))
        self._around.connections.add(self)
        self._task = self._loop.create_task(self._run())

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= UNREAD and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._awake()

    def eof_received(self) -> bool:
        """The sender has said everything; what it wants to hear may still be written, but not in TLS."""
        self._ended = True
        self._awake()
        return self._transport is not None and self._transport.get_extra_info("sslcontext") is None

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._awake()

    # -- from outside

    def end(self, reason: str) -> None:
        self._around.counts.refuse(reason)
        self._close()

    def stop(self) -> None:
        """Store what has come, then close; a sender that goes on and on is read for a while only."""
        self._stopping = True
        self._loop.call_later(STOP_READ_SECONDS, self._read_no_more)
        self._awake()

    def _read_no_more(self) -> None:
        self._ended = True
        if self._transport is not None and not self._transport.is_closing() and not self._paused:
            self._transport.pause_reading()
        self._awake()

    async def wait_closed(self) -> None:
        if self._task is not None:
            await asyncio.wait((self._task,))

    # -- its work

    async def _run(self) -> None:
        try:
            if self.guard is not None and self.guard.greeting:
                self._write(self.guard.greeting)
            await self._take_all()
        except Broken as error:
            self._around.counts.refuse("broken", f"{self.peer}: {error}")
        except NoRoom:
            self._around.counts.refuse("no memory")
        except GivenUp as error:
            self._around.counts.lose(error.entries)
        except Exception:
            log.exception("%s: a connection failed", self._around.counts.name)
        finally:
            self._loan.end()
            self._close()
            self._around.connections.remove(self)
            self._left(self)

    async def _take_all(self) -> None:
        session = self._session
        over = False
        while not over:
            data = await self._next()
            self._busy = True
            if data is None:
                over = self._ended or self._stopping
                messages = session.end() if over else session.flush()
            else:
                messages = self._fed(data)
            if messages and self.guard is not None and self._first and not await self._admitted(self.guard, messages):
                return
            for part in _slices(messages):
                await self._store(part)
            await self._borrow(bool(messages))
            self._busy = False

    def _fed(self, data: bytes) -> list[bytes]:
        if self._first and _HTTP.match(data):
            raise Broken("an HTTP request; HTTP_PORT is the port for those")
        if self.guard is None:
            self._first = False
        return self._session.feed(data)

    async def _admitted(self, guard: Guard, messages: list[bytes]) -> bool:
        """Whether the sender may go on; the message that is only about that is taken out."""
        verdict = await guard.admit(messages[0])
        self._write(verdict.reply)
        if not verdict.allowed:
            self._around.counts.refuse("wrong key")
            return False
        self._first = False
        self._client = verdict.client
        if verdict.taken:
            del messages[0]
        return True

    async def _next(self) -> bytes | None:
        """What came since; None when nothing did for as long as there is patience, and when nothing more will come."""
        if not self._waiting:
            await self._heard()
        if not self._waiting:
            return None
        data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if self._paused and not self._ended and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
        return data

    async def _heard(self) -> None:
        if self._ended:
            return
        patience = STOP_SECONDS if self._stopping else self._session.patience
        self._wake = self._loop.create_future()
        timer = None if patience is None else self._loop.call_later(patience, self._awake)
        try:
            await self._wake
        finally:
            self._wake = None
            if timer is not None:
                timer.cancel()
        if not self._waiting and self._stopping and patience != STOP_SECONDS:
            await self._heard()

    def _awake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _borrow(self, grown: bool) -> None:
        """A loan for a message on its way that is not small. Raises NoRoom, or Broken when it takes too long."""
        held = self._session.held
        if held <= SMALL or grown:
            self._begun_at = time.monotonic()
        elif time.monotonic() - self._begun_at > MESSAGE_SECONDS:
            raise Broken(f"a message that was not whole in {MESSAGE_SECONDS} s")
        if held <= SMALL:
            self._loan.shrink(0)
        elif held > self._loan.size:
            await self._loan.wait(held + SMALL)

    async def _store(self, messages: Sequence[bytes]) -> None:
        size = sum(map(len, messages))
        loan = Loan(self._around.memory.batches, self.peer, self._client)
        try:
            await patiently(loan, FACTOR * size)
            self._clock.set(utc_now())
            if size > self._around.in_thread:
                arrivals = await self._loop.run_in_executor(self._around.executor, self._session.read, messages)
            else:
                arrivals = self._session.read(messages)
            await self._store_arrivals(arrivals)
        finally:
            loan.end()

    async def _store_arrivals(self, arrivals: list[Arrival]) -> None:
        """At the same time, as each may have to wait for the disk, and in their order."""
        if len(arrivals) == 1:
            await self._store_one(arrivals[0])
            return
        for part in _slices_of(arrivals):
            outcomes = await asyncio.gather(*(self._store_one(one) for one in part), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    async def _store_one(self, arrival: Arrival) -> None:
        await self._around.storing.store(arrival, self._client)
        if arrival.reply:
            self._write(arrival.reply)

    def _write(self, data: bytes) -> None:
        transport = self._transport
        if not data or transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > UNTAKEN:
            self._around.counts.refuse("answers not read")
            transport.abort()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()


TOGETHER: Final = 64
"""Arrivals with an acknowledgement of their own that are stored at the same time."""


def _slices_of(arrivals: list[Arrival]) -> Iterator[list[Arrival]]:
    for at in range(0, len(arrivals), TOGETHER):
        yield arrivals[at : at + TOGETHER]


def _slices(messages: list[bytes]) -> Iterator[list[bytes]]:
    """Messages of so many bytes that reading them takes no longer than others may wait."""
    part: list[bytes] = []
    size = 0
    for message in messages:
        if part and size + len(message) > SLICE:
            yield part
            part, size = [], 0
        part.append(message)
        size += len(message)
    if part:
        yield part


def _keep_alive(connection: socket.socket | None) -> None:
    if connection is None:
        return
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
