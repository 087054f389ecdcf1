"""uvicorn's HTTP protocol with bounds, and with one write an answer.

Neither a request nor an answer may take for ever, and what surrounds a body may not be endless. uvicorn writes head and
body of an answer one by one; on a busy loop each write is a system call that wakes the client, a third of what a small
POST costs, so they are joined.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, cast

import msgspec
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from logstream.live.transport import untaken_bytes

log = logging.getLogger("logstream.web")

MAX_HEAD: Final = 64 * 1024
"""Bytes of request line and headers. uvicorn itself sets no bound."""

OVERHEAD: Final = 8
"""Bytes that may come along with each of a body, such as the lengths of its chunks (the shortest have 5), and past
MAX_HEAD as well. They end in no body, so no bound on bodies would meet them."""

HEAD_SECONDS: Final = 30
"""How long a head may take, the first from the connection on: connections that say nothing are closed."""


BODY_SECONDS: Final = 60
"""How long a body may take to arrive, while we read."""

PACE_SECONDS: Final = 10
PACE_BYTES: Final = 64 * 1024
"""A body that is not whole must grow by so much in so long: a sender that stops or trickles holds memory."""

READ_SECONDS: Final = 60
READ_BYTES: Final = 64 * 1024
"""A client must take so much of an answer that waits for it in so long: one that doesn't read holds memory."""


JOINED: Final = 64 * 1024
"""Bytes of writes that are joined at most."""


class _JoiningTransport:
    """A transport whose writes of one turn of the event loop go out together."""

    __slots__ = ("_loop", "_parts", "_size", "_transport", "written")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0
        self.written = 0
        """Bytes that were handed to the transport."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size >= JOINED:
            self._flush()  # so that it says when it has enough

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            joined = b"".join(parts)
            self.written += len(joined)
            if not self._transport.is_closing():  # the peer may have gone since
                self._transport.write(joined)


_REASONS: Final = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class BoundedHttpProtocol(HttpToolsProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._in_head = True
        self._received = self._body = 0
        self._timer: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._body_timer: asyncio.TimerHandle | None = None
        self._body_before = 0
        self._body_seconds = 0
        self._read_timer: asyncio.TimerHandle | None = None
        self._taken = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._real_transport = transport
        self._joining = _JoiningTransport(transport, self.loop)
        self.transport = cast(asyncio.Transport, self._joining)
        self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_timer()
        self._stop_body_timer()
        self._stop_read_timer()
        self._tell_running_cycle()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _tell_running_cycle(self) -> None:
        """Of requests that were sent without waiting for answers, uvicorn tells the last, and not the one that runs.

        Its answer would go on: a stream for ever.
        """
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head = self._received = self._body = 0
        if self._body_timer is not None:
            self._stop_body_timer()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers are no headers: who sends a body may not say afterwards who it is (RFC 9110 section 6.5.1)."""
        if self._in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        if not self._in_head:
            self._stop_timer()
            if self.cycle is not None and self.cycle.more_body and self._body_timer is None and not self._endless():
                self._body_before = self._body_seconds = 0
                self._body_timer = self.loop.call_later(PACE_SECONDS, self._check_body)
            if self._received - self._body > MAX_HEAD + len(data) + OVERHEAD * self._body:
                self._end("more than what belongs to the body came with it")
            return
        self._head += len(data)
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)
        if self._head > MAX_HEAD:
            self._end(f"more than {MAX_HEAD} bytes of request line and headers")

    def _endless(self) -> bool:
        """Whether the body is one that is stored as it comes, and may be silent: an upload of the journal."""
        return (b"content-type", b"application/vnd.fdo.journal") in self.headers

    def _end(self, reason: str) -> None:
        """Refuse what is too large, or end the connection where an answer has begun."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and self.cycle.response_started and not self._in_head:
            self.transport.close()
        else:
            self._refuse(431, "Request head too large", reason)

    def handle_websocket_upgrade(self) -> None:
        self.transport = self._real_transport
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "Bad request", msg.rstrip("."))

    def _refuse(self, status: int, error: str, reason: str) -> None:
        body = msgspec.json.encode({"error": error, "reason": reason})
        self.transport.write(
            b"HTTP/1.1 %d %b\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (status, _REASONS[status], len(body), body)
        )
        self.transport.close()

    def _check_body(self) -> None:
        """See whether the body has grown by enough; while we don't read, that is not the sender's fault."""
        self._body_timer = None
        if self._in_head or not self.cycle.more_body or self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self._body_seconds += PACE_SECONDS
            if self._body < self._body_before + PACE_BYTES:
                self._end_body(f"less than {PACE_BYTES} bytes of the body came in {PACE_SECONDS} s")
                return
            if self._body_seconds >= BODY_SECONDS:
                self._end_body(f"the body took longer than {BODY_SECONDS} s")
                return
        self._body_before = self._body
        self._body_timer = self.loop.call_later(PACE_SECONDS, self._check_body)

    def _end_body(self, reason: str) -> None:
        self._tell("slow body")
        if self.cycle is not None and self.cycle.response_started:
            self.transport.close()
        else:
            self._refuse(408, "Request timeout", reason)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._read_timer is None:
            self._taken = self._taken_bytes()
            self._read_timer = self.loop.call_later(READ_SECONDS, self._check_reading)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stop_read_timer()

    def _check_reading(self) -> None:
        """See whether the client has taken enough of what waits for it."""
        before, self._taken = self._taken, self._taken_bytes()
        if self._taken >= before + READ_BYTES:
            self._read_timer = self.loop.call_later(READ_SECONDS, self._check_reading)
            return
        self._read_timer = None
        path = self.scope.get("path", "") if self.scope else ""
        log.warning("%s: the client has read next to nothing for %d s and is disconnected", path, READ_SECONDS)
        self._tell("answer not read")
        self._real_transport.abort()

    def _taken_bytes(self) -> int:
        return self._joining.written - untaken_bytes(self._real_transport)

    def _tell(self, why: str) -> None:
        """A connection is ended that takes too long."""

    def _stop_body_timer(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _stop_read_timer(self) -> None:
        if self._read_timer is not None:
            self._read_timer.cancel()
            self._read_timer = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self._in_head and not self.transport.is_closing():
            self.transport.close()


def http_protocol(on_disconnect: Callable[[str], None]) -> type[BoundedHttpProtocol]:
    """A class for `uvicorn.Config(http=…)` that tells of connections that it ends."""

    class HttpProtocol(BoundedHttpProtocol):
        def _tell(self, why: str) -> None:
            on_disconnect(why)

    return HttpProtocol
