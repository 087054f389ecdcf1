"""uvicorn's HTTP protocol with bounds, and with one write an answer.

A request head may neither be endless nor take for ever. uvicorn writes head and body of an answer one by one; on a busy
loop each write is a system call that wakes the client, a third of what a small POST costs, so they are joined.
"""

import asyncio
from typing import Any, Final, cast

import msgspec
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD: Final = 64 * 1024
"""Bytes of request line and headers. uvicorn itself sets no bound."""

OVERHEAD: Final = 8
"""Bytes that may come along with each of a body, such as the lengths of its chunks (the shortest have 5), and past
MAX_HEAD as well. They end in no body, so no bound on bodies would meet them."""

HEAD_SECONDS: Final = 30
"""How long a head may take, the first from the connection on: connections that say nothing are closed."""


class _JoiningTransport:
    """A transport whose writes of one turn of the event loop go out together."""

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            if not self._transport.is_closing():  # the peer may have gone since
                self._transport.write(b"".join(parts))


_REASONS: Final = {400: b"Bad Request", 431: b"Request Header Fields Too Large"}


class BoundedHttpProtocol(HttpToolsProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._in_head = True
        self._received = self._body = 0
        self._timer: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._real_transport = transport
        self.transport = cast(asyncio.Transport, _JoiningTransport(transport, self.loop))
        self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_timer()
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
            if self._received - self._body > MAX_HEAD + len(data) + OVERHEAD * self._body:
                self._end("more than what belongs to the body came with it")
            return
        self._head += len(data)
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)
        if self._head > MAX_HEAD:
            self._end(f"more than {MAX_HEAD} bytes of request line and headers")

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

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if self._in_head and not self.transport.is_closing():
            self.transport.close()
