"""Accepting connections, with a pause where file handles run short.

libuv, which uvloop accepts with, takes a connection that there is no handle for and ends it at once, without a word.
Here it stays in the kernel's queue until another one ends, and some handles are left alone: without any, no day file
could be opened, and the connections there are would be of no use.
"""

import asyncio
import contextlib
import logging
import os
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

log = logging.getLogger("logstream")

RESERVE: Final = 128
"""Handles that connections leave to the store, which has up to 64 day files open; of a small limit, a quarter."""

PAUSE_SECONDS: Final = 0.25
"""How soon it is looked whether a handle has become free."""

CALM_SECONDS: Final = 60
"""A shortage after less than this belongs to the last one, of which the log tells already."""

_ACCEPTED_AT_ONCE: Final = 64  # then whoever is connected already has a turn


class FileHandles:
    """The handles of this process, as far as connections may take them. `on_pause` is called when accepting pauses."""

    def __init__(self, on_pause: Callable[[], None] = lambda: None) -> None:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.limit = sys.maxsize if limit == resource.RLIM_INFINITY else limit
        self._for_connections = self.limit - min(RESERVE, self.limit // 4)
        self._on_pause = on_pause
        self._short_at = -float(CALM_SECONDS)

    def enough(self, newest: int) -> bool:
        """Whether more connections may come after the one with this handle: the kernel gives the lowest free number."""
        return newest < self._for_connections

    def enough_now(self) -> bool:
        try:
            lowest, other = os.pipe()
        except OSError:
            return False
        os.close(lowest)
        os.close(other)
        return self.enough(lowest)

    def paused(self, reason: str) -> None:
        """Accepting pauses: count it, and say so once for as long as the shortage goes on."""
        now = time.monotonic()
        if now - self._short_at >= CALM_SECONDS:
            log.warning(
                "%s (limit %d): new connections wait until others end; "
                "raise the limit of open files (LimitNOFILE, ulimits, ulimit -n)",
                reason,
                self.limit,
            )
        self._short_at = now
        self._on_pause()

    def still_short(self) -> None:
        """The shortage goes on."""
        self._short_at = time.monotonic()


class Listener:
    """Accepts what comes to bound sockets, which it owns. Stands in for an asyncio.Server."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        make_protocol: Callable[[], asyncio.BaseProtocol],
        handles: FileHandles,
        backlog: int,
        connect: Callable[[socket.socket], Awaitable[None]] | None = None,
    ) -> None:
        """`connect` takes a connection in place of `make_protocol`: for whoever looks at it first."""
        self.sockets = tuple(sockets)
        self._make_protocol = make_protocol
        self._connect_with = connect or self._hand_over
        self._handles = handles
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._connecting: set[asyncio.Task[None]] = set()
        for one in self.sockets:
            one.setblocking(False)
            one.listen(backlog)
        self._take_up()

    def close(self) -> None:
        """Accept no more; connections there are go on."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        for one in self.sockets:
            if one.fileno() >= 0:
                self._loop.remove_reader(one)
                one.close()

    async def wait_closed(self) -> None:
        """Nothing to wait for: whoever closes knows of the connections."""

    def _take_up(self) -> None:
        self._pause = None
        for one in self.sockets:
            self._loop.add_reader(one, self._accept, one)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                connection, _ = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionError:  # it went before we came to it
                continue
            except OSError as error:
                self._wait(f"connections can't be accepted: {error.strerror}")
                return
            connection.setblocking(False)
            newest = connection.fileno()
            task = self._loop.create_task(self._connect(connection))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)
            if not self._handles.enough(newest):
                self._wait("the file handles for connections are used up")
                return

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._connect_with(connection)
        except Exception as error:
            connection.close()
            if not isinstance(error, OSError):  # which is the peer's doing
                log.exception("a connection could not be taken")

    async def _hand_over(self, connection: socket.socket) -> None:
        await self._loop.connect_accepted_socket(self._make_protocol, connection)

    def _wait(self, reason: str) -> None:
        self._handles.paused(reason)
        for one in self.sockets:
            self._loop.remove_reader(one)
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._look_again)

    def _look_again(self) -> None:
        if self._handles.enough_now():
            self._take_up()
        else:
            self._handles.still_short()
            self._pause = self._loop.call_later(PAUSE_SECONDS, self._look_again)


def bound_sockets(host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[socket.socket]:
    """A socket at each address that the host stands for. Raises OSError."""
    with contextlib.ExitStack() as opened:
        sockets = []
        for family, found, protocol, _, address in dict.fromkeys(
            socket.getaddrinfo(host, port, type=kind, flags=socket.AI_PASSIVE)
        ):
            one = opened.enter_context(socket.socket(family, found, protocol))
            if kind == socket.SOCK_STREAM:  # for datagrams it would let another process share the port
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            sockets.append(one)
        opened.pop_all()
        return sockets
