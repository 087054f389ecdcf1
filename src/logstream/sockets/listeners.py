"""What listens on the ports that are set: started and stopped together, and what it tells of itself."""

import asyncio
import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from logstream.accept import Acceptor
from logstream.clients import Clients
from logstream.entries.timestamps import utc_now
from logstream.formats.clock import Clock
from logstream.listener import FileHandles, Listener, bound_sockets
from logstream.memory import Memory, peer_of
from logstream.metrics import Metrics
from logstream.receivers import forward, gelf, json_lines, syslog
from logstream.receivers.making import Horizon
from logstream.receivers.session import Session
from logstream.settings import Settings
from logstream.sockets.connection import Connection, Surroundings
from logstream.sockets.connections import Connections
from logstream.sockets.counts import Counts
from logstream.sockets.datagrams import Datagrams, GelfReading, Reading, SyslogReading
from logstream.sockets.forward_access import ForwardGuard
from logstream.sockets.networks import Networks
from logstream.sockets.storing import Storing
from logstream.sockets.tls import HANDSHAKE_SECONDS, Certificate, begins_with_handshake

log = logging.getLogger("logstream.sockets")

STOP_SECONDS: Final = 8.0
"""How long a stop waits for what was read to be stored."""

LAST_SECONDS: Final = 2.0
"""What is left, such as waiting for memory, is given up after so much more."""

TELL_SECONDS: Final = 1.0
"""How often is looked whether something was dropped."""

RECENT_SECONDS: Final = 600.0
"""For so long a drop is a warning in GET /api/health."""

SILENT_SECONDS: Final = 0.5
"""Where the server speaks first, a sender that says nothing for so long does not speak TLS."""

BACKLOG: Final = 512
TIMES_LARGER: Final = 4
"""A message of Fluent forward is a batch, which may be so many times as large as MAX_BODY_BYTES."""

IN_THREAD: Final = 64 * 1024
"""Bytes of messages that are read in a thread: some 5 ms; of those that may be compressed, a small part of it."""


class PortUnusable(Exception):
    """A port can't be listened on: the name of its setting, the port, and why."""

    def __init__(self, setting: str, port: int, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.setting = setting
        self.port = port
        self.error = error


class Kind(msgspec.Struct, frozen=True):
    """A protocol: how a connection is read, and its datagrams, where it has such."""

    name: str
    setting: str
    session: Callable[[Clock, str, int], Session]
    datagrams: Callable[[int], Reading] | None = None
    times_larger: int = 1
    in_thread: int = IN_THREAD
    guarded: bool = False


KINDS: Final = (
    Kind("syslog", "SYSLOG_PORT", syslog.Session, SyslogReading),
    Kind("GELF", "GELF_PORT", gelf.Session, GelfReading),
    Kind(
        "Fluent forward",
        "FORWARD_PORT",
        forward.Session,
        times_larger=TIMES_LARGER,
        in_thread=IN_THREAD // 16,
        guarded=True,
    ),
    Kind("JSON lines", "TCP_PORT", json_lines.Session),
)


class Sockets:
    """All of them. Everything is called on the event loop's thread."""

    def __init__(
        self,
        settings: Settings,
        acceptor: Acceptor,
        clients: Clients | None,
        memory: Memory,
        metrics: Metrics,
        handles: FileHandles,
        horizon: Horizon,
    ) -> None:
        """Raises OSError or ssl.SSLError when the certificate can't be used."""
        self._settings = settings
        self._clients = clients
        self._memory = memory
        self._metrics = metrics
        self._handles = handles
        self._storing = Storing(acceptor, metrics, horizon)
        self._networks = Networks(settings.allowed_networks)
        self._connections = Connections()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._zone: tzinfo | None = None
        if settings.syslog_timezone is not None:
            self._zone = ZoneInfo(settings.syslog_timezone)
        self._certificate: Certificate | None = None
        self._ports: list[_Port] = []
        self._telling: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen on each port that is set. Raises PortUnusable, or OSError or ssl.SSLError for the certificate."""
        if self._settings.tls_cert is not None:
            self._certificate = Certificate(self._settings.tls_cert, self._settings.tls_key)
        try:
            for kind in KINDS:
                port: int | None = getattr(self._settings, kind.setting.lower())
                if port is not None:
                    self._ports.append(self._open(kind, port))
        except PortUnusable:
            for opened in self._ports:
                opened.close()
            raise
        if self._ports:
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def stop(self) -> None:
        """Store what was read, and end."""
        self._storing.stop_by(time.monotonic() + STOP_SECONDS)
        stopping = [asyncio.ensure_future(port.stop()) for port in self._ports]
        if stopping:
            _, late = await asyncio.wait(stopping, timeout=STOP_SECONDS + LAST_SECONDS)
            if late:
                log.error("sockets: what was read could not be stored within %d s and is lost", STOP_SECONDS)
        if self._telling is not None:
            self._telling.cancel()
        for port in self._ports:
            port.counts.tell(float("inf"))
        self._executor.shutdown(wait=False)

    @property
    def health(self) -> list[dict[str, object]]:
        """What listens, for GET /api/health."""
        return [port.health for port in self._ports]

    @property
    def warnings(self) -> list[str]:
        """What an operator should know."""
        recent = time.monotonic() - RECENT_SECONDS
        return [
            f"{port.counts.name}: {port.counts.dropped} datagrams were dropped since the start, some of them just now"
            for port in self._ports
            if port.counts.dropped_at > recent
        ]

    def __str__(self) -> str:
        return ", ".join(f"{port.kind.name} on {port.number}" for port in self._ports)

    def _open(self, kind: Kind, port: int) -> "_Port":
        host = self._settings.listen_host
        counts = Counts(kind.name, self._metrics)
        most = kind.times_larger * self._settings.max_body_bytes
        around = Surroundings(self._storing, self._memory, counts, self._connections, self._executor, kind.in_thread)
        opened = _Port(kind, port, most, around, self._networks, self._make_clock, self._make_guard)
        with contextlib.ExitStack() as sockets:
            try:
                streams = bound_sockets(host, port)
                for one in streams:
                    sockets.enter_context(one)
                datagrams = [] if kind.datagrams is None else bound_sockets(host, port, socket.SOCK_DGRAM)
                for one in datagrams:
                    sockets.enter_context(one)
                opened.listen(streams, self._handles, self._certificate)
            except OSError as error:
                raise PortUnusable(kind.setting, port, error) from None
            sockets.pop_all()
        if kind.datagrams is not None:
            opened.receive(datagrams, kind.datagrams(most), self._make_clock())
        self._metrics.connections(kind.name, lambda: len(opened.open))
        return opened

    def _make_clock(self) -> Clock:
        return Clock(utc_now(), zone=self._zone)

    def _make_guard(self, address: str) -> ForwardGuard:
        secret = self._settings.api_secret
        key = None if secret is None else secret.get_secret_value().encode()
        trusted = self._networks.listed and self._networks.allow(address)
        return ForwardGuard(key, self._clients, socket.gethostname(), trusted=trusted)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            now = time.monotonic()
            for port in self._ports:
                port.look(now)


class _Port:
    """One port with all that listens on it."""

    def __init__(
        self,
        kind: Kind,
        number: int,
        most: int,
        around: Surroundings,
        networks: Networks,
        make_clock: Callable[[], Clock],
        make_guard: Callable[[str], ForwardGuard],
    ) -> None:
        self.kind = kind
        self.number = number
        self.counts = around.counts
        self.open: set[Connection] = set()
        self._most = most
        self._around = around
        self._networks = networks
        self._make_clock = make_clock
        self._make_guard = make_guard
        self._certificate: Certificate | None = None
        self._listener: Listener | None = None
        self._datagrams: list[Datagrams] = []
        self._stopping = False

    def listen(self, streams: Sequence[socket.socket], handles: FileHandles, certificate: Certificate | None) -> None:
        """Raises OSError."""
        self._certificate = certificate
        self._listener = Listener(streams, asyncio.Protocol, handles, BACKLOG, self._connect)

    def receive(self, sockets: Sequence[socket.socket], reading: Reading, clock: Clock) -> None:
        around = self._around
        for one in sockets:
            self._datagrams.append(
                Datagrams(
                    one, reading, clock, self._networks, around.storing, around.memory, self.counts, around.executor
                )
            )

    def close(self) -> None:
        """Accept no more."""
        if self._listener is not None:
            self._listener.close()

    async def stop(self) -> None:
        self._stopping = True
        self.close()
        for connection in self.open:
            connection.stop()
        await asyncio.gather(
            *(one.stop() for one in self._datagrams), *(connection.wait_closed() for connection in list(self.open))
        )

    def look(self, now: float) -> None:
        """Count what the kernel dropped, and say what happened."""
        for one in self._datagrams:
            one.check_kernel()
        self.counts.tell(now)

    @property
    def health(self) -> dict[str, object]:
        told: dict[str, object] = {
            "protocol": self.kind.name,
            "port": self.number,
            "transports": ["tcp", "udp"] if self._datagrams else ["tcp"],
            "tls": self._certificate is not None,
            "connections": len(self.open),
        }
        if self._datagrams:
            told["datagrams_dropped"] = self.counts.dropped
        return told

    async def _connect(self, connection: socket.socket) -> None:
        address = connection.getpeername()[0]
        address = address[7:] if address[:7] == "::ffff:" else address
        peer = peer_of(address)
        if not self._networks.allow(address):
            self.counts.refuse("network not allowed")
            connection.close()
            return
        if not self._around.connections.come(peer):
            self.counts.refuse("too many connections")
            connection.close()
            return
        made: Connection | None = None

        def make() -> Connection:
            nonlocal made
            clock = self._make_clock()
            made = Connection(self.kind.session(clock, address, self._most), clock, peer, self._around, self._left)
            if self.kind.guarded:
                made.guard = self._make_guard(address)
            self.open.add(made)
            if self._stopping:
                made.stop()
            return made

        try:
            context = await self._context(connection)
            loop = asyncio.get_running_loop()
            if context is None:
                await loop.connect_accepted_socket(make, connection)
            else:
                await loop.connect_accepted_socket(
                    make, connection, ssl=context, ssl_handshake_timeout=HANDSHAKE_SECONDS
                )
        except BaseException as error:
            if made is None or not made.started:
                if made is not None:
                    self.open.discard(made)
                self._around.connections.go(peer)
                connection.close()
                if isinstance(error, ssl.SSLError | OSError):
                    self.counts.refuse("TLS handshake failed")
                    return
            raise

    async def _context(self, connection: socket.socket) -> ssl.SSLContext | None:
        if self._certificate is None:
            return None
        seconds = SILENT_SECONDS if self.kind.guarded else HANDSHAKE_SECONDS
        return self._certificate.context() if await begins_with_handshake(connection, seconds) else None

    def _left(self, connection: Connection) -> None:
        self.open.discard(connection)
        self._around.connections.go(connection.peer)
