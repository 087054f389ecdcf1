"""Datagrams: read from the socket as soon as they come, then stored batch by batch.

The kernel drops what finds no room in the socket's buffer, so reading never waits for storing: what waits is bounded,
in all and for each sender, and what is dropped here or there is counted.
"""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Final, Protocol

import msgspec

from logstream.entries.timestamps import utc_now
from logstream.formats.clock import Clock
from logstream.memory import Loan, Memory, peer_of
from logstream.receivers import gelf, syslog
from logstream.receivers.request import Records
from logstream.receivers.session import Arrival
from logstream.sockets.counts import Counts
from logstream.sockets.networks import Networks
from logstream.sockets.storing import GivenUp, Storing, patiently

log = logging.getLogger("logstream.sockets")

BUFFER: Final = 8 * 1024 * 1024
"""Bytes of the socket's buffer that are asked for; the kernel gives up to net.core.rmem_max."""

WAITING: Final = 8 * 1024 * 1024
"""Bytes of datagrams that wait to be stored."""

OF_SENDER: Final = WAITING * 2 // 3
"""How much of it one address may have, so that others always have some."""

OVERHEAD: Final = 200
"""What a datagram takes besides its bytes."""

AT_ONCE: Final = 500
"""Datagrams that are read before others have a turn."""

BATCH: Final = 64 * 1024
"""Bytes that are decoded at a time on the event loop."""

FACTOR: Final = 12
"""What datagrams come to while they are stored, for each of their bytes."""

_LARGEST: Final = 65_536
_TABLES: Final = ("/proc/self/net/udp", "/proc/self/net/udp6")


class Datagram(msgspec.Struct, frozen=True):
    sender: str
    data: bytes


class Reading(Protocol):
    """What the datagrams of a protocol say."""

    quick: int
    """Bytes up to which reading is done on the event loop."""

    def take(self, datagram: Datagram, counts: Counts) -> Datagram | None:
        """The message that the datagram is or completes."""

    def read(self, datagrams: Sequence[Datagram], clock: Clock) -> Records:
        """What messages say."""


class SyslogReading:
    quick = BATCH

    def __init__(self, most: int) -> None:
        self._most = most

    def take(self, datagram: Datagram, counts: Counts) -> Datagram | None:
        return datagram

    def read(self, datagrams: Sequence[Datagram], clock: Clock) -> Records:
        records = Records(fields=[])
        for one in datagrams:
            records.fields += syslog.decode(syslog.messages_of(one.data, self._most), clock, one.sender).fields
        return records


class GelfReading:
    quick = BATCH // 16
    """A compressed message may be large."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._chunks = gelf.Chunks(WAITING)

    def take(self, datagram: Datagram, counts: Counts) -> Datagram | None:
        if datagram.data[:2] != gelf.CHUNKED:
            return datagram
        message, given_up = self._chunks.add(datagram.data, datagram.sender, time.monotonic())
        if given_up:
            counts.drop("chunks missing", given_up)
        return None if message is None else Datagram(datagram.sender, message)

    def read(self, datagrams: Sequence[Datagram], clock: Clock) -> Records:
        records = Records(fields=[])
        for one in datagrams:
            found = gelf.decode_messages([one.data], clock, one.sender, self._most)
            records.fields += found.fields
            for why in found.refusals:
                records.refuse(why)
        return records


class Datagrams:
    """The datagrams of one socket, which it owns."""

    def __init__(
        self,
        bound: socket.socket,
        reading: Reading,
        clock: Clock,
        networks: Networks,
        storing: Storing,
        memory: Memory,
        counts: Counts,
        executor: Executor,
    ) -> None:
        self._socket = bound
        self._reading = reading
        self._clock = clock
        self._networks = networks
        self._storing = storing
        self._memory = memory
        self._counts = counts
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Datagram] = []
        self._size = 0
        self._by_sender: dict[str, int] = {}
        self._loan = Loan(memory.bodies, f"datagrams {counts.name}", None)
        self._came = asyncio.Event()
        self._stopping = False
        self._inode = os.fstat(bound.fileno()).st_ino
        self._kernel_dropped = 0
        self.buffer = _enlarge(bound)
        bound.setblocking(False)
        self._loop.add_reader(bound, self._readable)
        self._task = self._loop.create_task(self._run())

    def check_kernel(self) -> None:
        """Count what the kernel dropped since."""
        dropped = dropped_by_kernel(self._inode)
        if dropped > self._kernel_dropped:
            self._counts.drop("the socket's buffer was full (net.core.rmem_max)", dropped - self._kernel_dropped)
            self._kernel_dropped = dropped

    async def stop(self) -> None:
        """Read what is in the socket, store everything, and end."""
        self._loop.remove_reader(self._socket)
        self._read(BUFFER // OVERHEAD)
        self.check_kernel()
        self._socket.close()
        self._stopping = True
        self._came.set()
        await asyncio.wait((self._task,))
        self._loan.end()

    def _readable(self) -> None:
        self._read(AT_ONCE)

    def _read(self, most: int) -> int:
        """Take up to so many datagrams from the socket; how many there were."""
        receive = self._socket.recvfrom
        for number in range(most):
            try:
                data, address = receive(_LARGEST)
            except (BlockingIOError, InterruptedError):
                return number
            except OSError as error:
                log.warning("%s: datagrams can't be read: %s", self._counts.name, error.strerror)
                return number
            self._take(data, address[0])
        return most

    def _take(self, data: bytes, address: str) -> None:
        if not self._networks.allow(address):
            self._counts.drop("network not allowed")
            return
        sender = address[7:] if address[:7] == "::ffff:" else address
        peer = peer_of(sender)
        size = len(data) + OVERHEAD
        held = self._by_sender.get(peer, 0)
        if self._size + size > WAITING or held + size > OF_SENDER:
            self._counts.drop("too many wait to be stored")
            return
        if self._size + size > self._loan.size and not self._loan.take(self._size + size + BATCH):
            self._counts.drop("no memory")
            return
        self._size += size
        self._by_sender[peer] = held + size
        self._waiting.append(Datagram(sender, data))
        self._came.set()

    async def _run(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                batch = self._next()
                try:
                    await self._store(batch)
                except GivenUp as error:
                    self._counts.lose(error.entries)
                except Exception:
                    log.exception("%s: datagrams could not be stored", self._counts.name)
                    self._counts.drop("failed", len(batch))
            self._loan.shrink(0)
            if self._stopping:
                return

    def _next(self) -> list[Datagram]:
        """The oldest that wait, of so many bytes that reading them takes no longer than others may wait."""
        size = count = 0
        for one in self._waiting:
            size += len(one.data)
            count += 1
            if size >= BATCH:
                break
        batch = self._waiting[:count]
        del self._waiting[:count]
        self._size -= size + OVERHEAD * count
        if not self._waiting:
            self._by_sender.clear()
            return batch
        for one in batch:
            self._by_sender[peer_of(one.sender)] -= len(one.data) + OVERHEAD
        return batch

    async def _store(self, batch: list[Datagram]) -> None:
        messages = [whole for one in batch if (whole := self._reading.take(one, self._counts)) is not None]
        if not messages:
            return
        size = sum(len(one.data) for one in messages)
        loan = Loan(self._memory.batches, self._loan.peer, None)
        try:
            await patiently(loan, FACTOR * size)
            self._clock.set(utc_now())
            read: Callable[[Sequence[Datagram], Clock], Records] = self._reading.read
            if size > self._reading.quick:
                records = await self._loop.run_in_executor(self._executor, read, messages, self._clock)
            else:
                records = read(messages, self._clock)
            await self._storing.store(Arrival(records))
        finally:
            loan.end()


def _enlarge(bound: socket.socket) -> int:
    """Ask for a large buffer; what the kernel gives. Only an administrator may have more than net.core.rmem_max."""
    force = getattr(socket, "SO_RCVBUFFORCE", 33)
    try:
        bound.setsockopt(socket.SOL_SOCKET, force, BUFFER)
    except OSError:
        with contextlib.suppress(OSError):
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    return bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def dropped_by_kernel(inode: int, tables: Sequence[str] = _TABLES) -> int:
    """Datagrams that found no room in the buffer of the socket with this inode (proc(5), /proc/net/udp, `drops`)."""
    for table in tables:
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if len(columns) > 12 and columns[9] == str(inode):
                    return int(columns[12])
    return 0
