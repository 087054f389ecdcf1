"""The two doors for viewers over WebSocket, a port of its own and `/ws` on the HTTP port: one protocol for both.

picows parses; what a viewer is sent, its pings and its close handshake are the hub's, because picows knows no bound for
them and resets the connection 10 ms after a close frame, which can cost the client that frame.
"""

import asyncio
import logging
from typing import Any, Final, cast

from picows import WSAutoPingStrategy
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from logstream.listener import FileHandles, Listener, bound_sockets
from logstream.live.close_codes import GOING_AWAY, TOO_BIG
from logstream.live.hub import Hub
from logstream.live.resume import History
from logstream.live.websocket_handshake import Admission, ListenerFactory, listener_factory
from logstream.live.websocket_listener import MAX_MESSAGE, ViewerListener

HANDSHAKE_SECONDS: Final = 5
"""How long the request for a WebSocket may take. Its size picows bounds to 16 KiB."""

_MAX_HEADER: Final = 14  # of a frame from a client: 2 bytes, 8 of length, 4 of mask
_READ_BUFFER: Final = 4096  # picows's smallest is 2 KiB; it grows for a longer message
_BACKLOG: Final = 1024  # after a restart all viewers come back at once
_DISCARDED: Final = memoryview(bytearray(64 * 1024))
"""What a client says after we said good-bye: one place for all."""


class ViewerProtocol(WSProtocol):  # type: ignore[misc]
    """picows's protocol with a bound on what it collects, in place of its own, which closes too hard."""

    def __init__(self, make_listener: ListenerFactory) -> None:
        super().__init__(
            None,  # host and port, path: a client's
            None,
            False,  # we are the server
            make_listener,
            logging.getLogger("picows.server"),
            True,  # disconnect when the listener raises
            HANDSHAKE_SECONDS,
            False,  # automatic pings, their times and strategy: the hub's job
            0,
            0,
            WSAutoPingStrategy.PING_PERIODICALLY,
            False,  # automatic pongs: they know no bound
            2**62,  # the size of a frame: see buffer_updated
            None,  # extra headers: a client's
            _READ_BUFFER,
        )
        self._unparsed = 0

    def get_buffer(self, size: int) -> memoryview:
        if self.listener is not None and self.listener.closing:
            return _DISCARDED
        return cast(memoryview, super().get_buffer(size))

    def buffer_updated(self, size: int) -> None:
        listener: ViewerListener | None = self.listener
        if listener is not None and listener.closing:
            return
        super().buffer_updated(size)
        listener = self.listener
        if listener is None:
            return
        self._unparsed += size
        if listener.unparsed is not None:
            self._unparsed, listener.unparsed = listener.unparsed, None
        if self.transport.is_close_frame_sent:
            listener.close_sent()
        elif self._unparsed > MAX_MESSAGE + _MAX_HEADER:
            listener.close(TOO_BIG)


async def serve_websocket(
    hub: Hub, history: History, admission: Admission, host: str, port: int, handles: FileHandles | None = None
) -> Listener:
    """Listen for viewers on a port of their own, whatever the path. Raises OSError when it can't."""
    make_listener = listener_factory(hub, history, admission)
    sockets = bound_sockets(host, port)
    return Listener(sockets, lambda: ViewerProtocol(make_listener), handles or FileHandles(), _BACKLOG)


def uvicorn_websocket_protocol(
    hub: Hub, history: History, admission: Admission, base_path: str = ""
) -> type[asyncio.Protocol]:
    """A class for `uvicorn.Config(ws=…)` that serves viewers at `/ws`, with and without `base_path` before it.

    uvicorn parses the handshake, replays it to this protocol and then makes it the transport's.
    """
    make_listener = listener_factory(hub, history, admission, ("/ws", f"{base_path}/ws"))

    class UvicornViewerProtocol(ViewerProtocol):
        def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
            super().__init__(make_listener)
            self._connections = server_state.connections

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._connections.add(self)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            self._connections.discard(self)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """uvloop goes on calling this one after set_protocol, until reading is paused and resumed."""
            view = memoryview(data)
            while view and not self.transport.underlying_transport.is_closing():
                room = self.get_buffer(len(view))
                size = min(len(room), len(view))
                room[:size] = view[:size]
                self.buffer_updated(size)
                view = view[size:]

        def shutdown(self) -> None:
            """uvicorn stops. It waits until the connection has ended."""
            if self.listener is not None:
                self.listener.close(GOING_AWAY)
            else:
                self.transport.disconnect()

    return cast(type[asyncio.Protocol], UvicornViewerProtocol)
