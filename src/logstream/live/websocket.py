"""Viewers over WebSocket: one implementation on top of picows's parser, behind two doors, a port of its own and `/ws`
on the HTTP port.

picows parses; what a viewer is sent, its pings and its close handshake are the hub's, because picows knows no bound for
them and resets the connection 10 ms after a close frame, which can cost the client that frame.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

import msgspec
from picows import (
    WSAutoPingStrategy,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from logstream.live import websocket_format
from logstream.live.hub import Hub
from logstream.live.resume import History, is_id, start_resuming
from logstream.live.subscription import (
    EVERYTHING,
    PER_SECOND,
    InvalidSubscription,
    Pace,
    from_message,
    from_query_string,
)
from logstream.live.viewer import Viewer

log = logging.getLogger("logstream")


class Refusal(NamedTuple):
    """Why a handshake is not let in: as an HTTP status with its body. 401 is told on the WebSocket, which browsers can
    read, every other by HTTP alone."""

    status: int
    body: bytes


Admission = Callable[[Mapping[bytes, bytes], str], Refusal | None]
"""Decides on the headers (lower-case names) and the raw query string of a handshake."""

HANDSHAKE_SECONDS: Final = 5
"""How long the request for a WebSocket may take. Its size picows bounds to 16 KiB."""

UNAUTHORIZED_STATUS: Final = 401
MAX_MESSAGE: Final = 64 * 1024
TOO_OFTEN: Final = f"too many subscriptions: at most {PER_SECOND} a second"
REFUSAL: Final = "Unauthorized: invalid or missing token."

_MAX_HEADER: Final = 14  # of a frame from a client: 2 bytes, 8 of length, 4 of mask
_READ_BUFFER: Final = 4096  # picows's smallest is 2 KiB; it grows for a longer message
_BACKLOG: Final = 1024  # after a restart all viewers come back at once
_NO_FILTER: Final = msgspec.Raw(b"{}")
_ignored: Final = memoryview(bytearray(64 * 1024))
"""What a client says after we said good-bye: one place for all."""


class _Message(msgspec.Struct):
    type: str
    filter: msgspec.Raw = _NO_FILTER


_decode: Final = msgspec.json.Decoder(_Message).decode


class ViewerListener(WSListener):
    """What one client says, and the answers."""

    def __init__(self, hub: Hub, history: History, query: str, *, allowed: bool) -> None:
        self._hub = hub
        self._history = history
        self._query = query
        self._allowed = allowed
        self._pace = Pace()
        self._resuming: asyncio.Task[None] | None = None
        self._viewer: Viewer | None = None
        self._message: bytearray | None = None
        self.unparsed: int | None = None
        """Bytes received behind the last complete frame, until the protocol has asked."""

    @property
    def closing(self) -> bool:
        return self._viewer is not None and self._viewer.closing

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.unparsed = 0
        self._viewer = viewer = Viewer(transport.underlying_transport)
        if not self._allowed:
            viewer.reply(websocket_format.error(REFUSAL))
            viewer.close(websocket_format.UNAUTHORIZED)
            return
        fault = None
        try:
            wanted = from_query_string(self._query)
        except InvalidSubscription as error:
            wanted, fault = EVERYTHING, str(error)
        self._hub.add(viewer, wanted.where)
        viewer.reply(websocket_format.connected(self._hub.connections))
        if fault is not None:
            viewer.reply(websocket_format.error(fault))
        elif wanted.after is not None:
            self._resume(viewer, wanted.after)

    def _resume(self, viewer: Viewer, after: str) -> None:
        if not is_id(after):
            viewer.reply(websocket_format.error(f"after: {after[:100]!r} is not the id of an entry"))
            return
        self._resuming = start_resuming(self._hub, viewer, self._history, after)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
        if self._viewer is not None:
            self._hub.remove(self._viewer)
            self._viewer.lost()

    def pause_writing(self) -> None:
        if self._viewer is not None:
            self._viewer.pause()

    def resume_writing(self) -> None:
        if self._viewer is not None:
            self._viewer.resume()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.unparsed = frame.tail_size
        viewer = self._viewer
        if viewer is None or viewer.closing:
            return
        viewer.heard()
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            payload = frame.get_payload_as_bytes()
            self.close(int.from_bytes(payload[:2]) if payload else None)
        elif kind == WSMsgType.PING:
            viewer.reply(websocket_format.pong(frame.get_payload_as_bytes()))
        elif kind != WSMsgType.PONG:
            self._collect(viewer, frame)

    def close(self, code: int | None) -> None:
        if self._viewer is not None:
            self._hub.remove(self._viewer)
            self._viewer.close(code)

    def leave(self) -> None:
        """picows has sent a close frame, so no entry may follow."""
        if self._viewer is not None:
            self._hub.remove(self._viewer)
            self._viewer.abort_later()

    def _collect(self, viewer: Viewer, frame: WSFrame) -> None:
        """Put the frames of a message together. A continuation of nothing is ignored, as any malformed message."""
        if frame.msg_type != WSMsgType.CONTINUATION:
            self._message = bytearray()
        if self._message is None:
            return
        if len(self._message) + frame.payload_size > MAX_MESSAGE:
            self.close(websocket_format.TOO_BIG)
            return
        self._message += frame.get_payload_as_memoryview()
        if frame.fin:
            message, self._message = self._message, None
            self._answer(viewer, message)

    def _answer(self, viewer: Viewer, message: bytearray) -> None:
        try:
            asked = _decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # unknown or malformed messages are ignored
        if asked.type == "ping":
            viewer.reply(websocket_format.PONG_MESSAGE)
        elif asked.type == "stats":
            viewer.reply(websocket_format.stats(self._hub.connections))
        elif asked.type == "subscribe":
            viewer.reply(self._subscribe(viewer, asked.filter))

    def _subscribe(self, viewer: Viewer, criteria: msgspec.Raw) -> bytes:
        if not self._pace.allows():
            return websocket_format.error(TOO_OFTEN)
        try:
            wanted = from_message(criteria)
        except InvalidSubscription as error:
            return websocket_format.error(str(error))
        self._hub.add(viewer, wanted.where)
        return websocket_format.subscribed(wanted.given)


def _refusal(status: int, error: str, headers: dict[str, str]) -> WSUpgradeResponseWithListener:
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", **headers}
    body = msgspec.json.encode({"error": error})
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, body, headers), None)


ListenerFactory = Callable[[WSUpgradeRequest], WSListener | WSUpgradeResponseWithListener]


def _listener_factory(hub: Hub, history: History, admission: Admission, path: str | None) -> ListenerFactory:
    """What answers a handshake; with `path`, only there."""

    def make(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        target, _, query = request.path.decode("latin-1").partition("?")
        if path is not None and target.rstrip("/") != path:
            return _refusal(404, "Not found", {})
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return _refusal(426, "Upgrade required", {"Upgrade": "websocket"})
        # Firefox sends "keep-alive, Upgrade", a list that RFC 6455 section 4.2.1 allows and picows refuses.
        if "upgrade" in [token.strip().lower() for token in request.headers.get("Connection", "").split(",")]:
            request.headers["Connection"] = "Upgrade"
        try:
            headers = {name.lower().encode("latin-1"): text.encode("latin-1") for name, text in request.headers.items()}
            refusal = admission(headers, query)
        except Exception:
            log.exception("can't tell whether a viewer may read")
            return _refusal(500, "Internal server error", {})  # picows would show the client the exception's text
        if refusal is not None and refusal.status != UNAUTHORIZED_STATUS:
            told = {"Content-Type": "application/json"}
            answer = WSUpgradeResponse.create_error_response(refusal.status, refusal.body, told)
            return WSUpgradeResponseWithListener(answer, None)
        return ViewerListener(hub, history, query, allowed=refusal is None)

    return make


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
            return _ignored
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
            listener.leave()
        elif self._unparsed > MAX_MESSAGE + _MAX_HEADER:
            listener.close(websocket_format.TOO_BIG)


async def serve_websocket(hub: Hub, history: History, admission: Admission, host: str, port: int) -> asyncio.Server:
    """Listen for viewers on a port of their own, whatever the path. Raises OSError when it can't."""
    make_listener = _listener_factory(hub, history, admission, None)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: ViewerProtocol(make_listener), host, port, backlog=_BACKLOG)


def uvicorn_websocket_protocol(hub: Hub, history: History, admission: Admission) -> type[asyncio.Protocol]:
    """A class for `uvicorn.Config(ws=…)` that serves viewers at `/ws`.

    uvicorn parses the handshake, replays it to this protocol and then makes it the transport's.
    """
    make_listener = _listener_factory(hub, history, admission, "/ws")

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
                self.listener.close(websocket_format.GOING_AWAY)
            else:
                self.transport.disconnect()

    return cast(type[asyncio.Protocol], UvicornViewerProtocol)
