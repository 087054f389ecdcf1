"""The connection to NATS: made again without end, and asked over which nothing secret is told.

nats-py, whose requests are used for all of JetStream's API. Measured (three nats-server on the same two cores, R3,
`sync_interval: always`): with 100 kB a message and 16 in flight it gets 1,010 acknowledgements a second at 79 us of
processor time each, natsrpy (Rust) 937 at 64 us; with 300 bytes 17,500 at 16 us, natsrpy 8,800 at 31 us. The servers'
disks are the bound, so the client that is maintained by NATS itself is the one.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError, NoServersError

from logstream.store import StoreUnavailable

log = logging.getLogger("logstream.stream")

START_SECONDS: Final = 20.0
"""How long a start waits for NATS: after a power failure all comes back at once."""

CONNECT_SECONDS: Final = 2
RETRY_SECONDS: Final = 0.2
PING_SECONDS: Final = 1
"""How often the server is pinged."""

SILENCE_SECONDS: Final = 3
"""How long an answer may take before the connection is given up, and another server is tried."""

AWAY_SECONDS: Final = 2.0
"""After so long without NATS nobody waits for it any more: whoever asks is told at once."""

PENDING_BYTES: Final = 64 * 1024 * 1024
OVERHEAD: Final = 4096
"""Bytes of a message besides its content, at most."""


Take = Callable[[Msg], Awaitable[None]]


class Unanswered(StoreUnavailable):
    """A request to NATS got no answer: what became of it is not known."""


class Connection:
    """A connection to one of `servers`, and to another one when that goes away. `node` names it to the operator."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        node: str = "",
        credentials: Path | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._servers = [server if "://" in server else f"nats://{server}" for server in servers]
        self._node = node
        self._credentials = credentials
        self._tls = tls
        self._client = Client()
        self._lost_at: float | None = time.monotonic()
        self._reason = "not connected yet"
        self._lasting: list[tuple[str, Take]] = []
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises StoreUnavailable when NATS refuses, or is not there in time."""
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                async with asyncio.timeout(START_SECONDS):
                    await self._connect()
                self._watching = asyncio.ensure_future(self._watch())
                return
            except (Error, OSError, TimeoutError) as error:
                if not isinstance(error, NoServersError | TimeoutError):  # else `_failed` was told more
                    await self._failed(error)
                if self._is_refused:
                    reason = f"NATS at {self} refuses: {self._reason}; check NATS_URL and NATS_CREDENTIALS"
                    raise StoreUnavailable(reason) from None
                if time.monotonic() > until:
                    raise StoreUnavailable(f"NATS at {self} can't be reached: {self._reason}; check NATS_URL") from None
                log.warning("NATS at %s can't be reached yet: %s", self, self._reason)
                await asyncio.sleep(1)

    async def _connect(self) -> None:
        self._client = await nats.connect(
            servers=self._servers,
            name=f"logstream {self._node}",
            connect_timeout=CONNECT_SECONDS,
            max_reconnect_attempts=-1 if self._lost_at is None else 2,
            reconnect_time_wait=RETRY_SECONDS,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=SILENCE_SECONDS,
            pending_size=PENDING_BYTES,
            flusher_queue_size=4096,
            user_credentials=None if self._credentials is None else str(self._credentials),
            tls=self._tls,
            error_cb=self._failed,
            disconnected_cb=self._lost,
            reconnected_cb=self._back,
        )
        self._client.options["max_reconnect_attempts"] = -1
        self._lost_at = None

    async def _watch(self) -> None:
        """Notice that nothing comes through, which the client's own pings don't where it can't even write."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            client = self._client
            if client.is_closed:
                await self._connect_anew()
            if not client.is_connected:
                continue
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await client.flush(SILENCE_SECONDS)
            except (Error, OSError, TimeoutError):
                if client.is_connected and self._client is client:
                    self._reason = f"nothing was heard for {SILENCE_SECONDS} s"
                    await self._lost()
                    self._abort()

    async def _connect_anew(self) -> None:
        """The server has said something after which the client gives up, such as that the user was removed."""
        if self._lost_at is None:
            self._lost_at = time.monotonic()
        try:
            await self._connect()
            for subject, take in self._lasting:
                await self._client.subscribe(subject, cb=take)
        except (Error, OSError, TimeoutError) as error:
            await self._failed(error)

    def _abort(self) -> None:
        """End the connection without waiting until all of it is written, as closing does."""
        writer = getattr(self._client._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self._client.is_connected or self._client.is_reconnecting:
            await self._client.close()

    def __str__(self) -> str:
        """Its servers, without what is secret in their addresses."""
        return ", ".join(f"{parts.hostname}:{parts.port or 4222}" for parts in map(urlsplit, self._servers))

    @property
    def away(self) -> str | None:
        """Why nothing can be asked now; None while it can."""
        if self._lost_at is None:
            return None
        return f"NATS can't be reached: {self._reason}"

    @property
    def away_seconds(self) -> float:
        """For how long nothing could be asked."""
        return 0.0 if self._lost_at is None else time.monotonic() - self._lost_at

    @property
    def servers(self) -> int:
        """How many servers there are, by what was set and what they say of each other."""
        return len({(server.uri.hostname, server.uri.port) for server in self._client._server_pool})

    @property
    def max_payload(self) -> int:
        """Bytes that the content of a message may have."""
        return self._client.max_payload - OVERHEAD

    async def request(
        self, subject: str, payload: bytes = b"", *, headers: Mapping[str, str] | None = None, seconds: float = 5.0
    ) -> Msg:
        """The answer to a request. Raises Unanswered."""
        until = time.monotonic() + seconds
        while not self._client.is_connected:
            if time.monotonic() > until or self.away_seconds > AWAY_SECONDS:
                raise Unanswered(self.away or "NATS can't be reached", retry_after=5)
            await asyncio.sleep(0.02)
        try:
            return await self._client.request(
                subject, payload, timeout=seconds, headers=None if headers is None else dict(headers)
            )
        except NoRespondersError:
            raise Unanswered("JetStream does not answer: no leader, or not switched on", retry_after=2) from None
        except (Error, OSError, TimeoutError) as error:
            raise Unanswered(f"NATS does not answer: {_said(error)}", retry_after=2) from None

    async def tell(self, subject: str, payload: bytes) -> None:
        """Publish to whoever listens now; what fails is not told."""
        if self._client.is_connected:
            try:
                await self._client.publish(subject, payload)
            except (Error, OSError):
                log.debug("a message on %s was not sent", subject)

    async def listen(self, subject: str, take: Take) -> None:
        """Have messages on a subject taken for as long as there is this connection. Raises Unanswered."""
        await self.subscribe(subject, take)
        self._lasting.append((subject, take))

    async def subscribe(self, subject: str, take: Take) -> Subscription:
        """Have messages on a subject taken. Raises Unanswered."""
        try:
            return await self._client.subscribe(subject, cb=take)
        except (Error, OSError) as error:
            raise Unanswered(f"NATS does not answer: {_said(error)}") from None

    def new_inbox(self) -> str:
        return self._client.new_inbox()

    async def _failed(self, error: Exception) -> None:
        """Whoever is refused is cut off, too, which says less."""
        if not (self._is_refused and isinstance(error, BrokenPipeError | ConnectionResetError)):
            self._reason = _said(error)

    @property
    def _is_refused(self) -> bool:
        return "authorization" in self._reason.lower()

    async def _lost(self) -> None:
        if self._lost_at is None and not self._client.is_closed:
            self._lost_at = time.monotonic()
            log.error("the connection to NATS is lost; it is made again")

    async def _back(self) -> None:
        if self._lost_at is not None:
            log.warning("connected to NATS again, after %.1f s", time.monotonic() - self._lost_at)
        self._lost_at = None


def _said(error: BaseException) -> str:
    return str(error).removeprefix("nats: ").strip() or type(error).__name__
