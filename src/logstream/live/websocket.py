"""Viewers over WebSocket: one implementation, picows's, behind two doors, its own port and `/ws` on the HTTP port."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final

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
    ws_create_server,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from logstream.live import frames
from logstream.live.hub import Hub, Viewer

Authorized = Callable[[str | None, str], bool]
"""Whether the Authorization header and the query string of a handshake allow to read."""

PING_SECONDS: Final = 20
"""A viewer is pinged this often, and has as long to answer."""

HANDSHAKE_SECONDS: Final = 10
MAX_MESSAGE: Final = 64 * 1024
REFUSAL: Final = "Unauthorized: invalid or missing token."

_CLOSE_WAIT: Final = 2.0


class _Message(msgspec.Struct):
    type: str
    filter: dict[str, msgspec.Raw] | None = None


_decode: Final = msgspec.json.Decoder(_Message).decode


class ViewerListener(WSListener):
    """One viewer's connection."""

    def __init__(self, hub: Hub, *, allowed: bool) -> None:
        self._hub = hub
        self._allowed = allowed
        self._viewer: Viewer | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._closing = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        if not self._allowed:
            transport.underlying_transport.write(frames.error(REFUSAL))
            self._close(transport, frames.UNAUTHORIZED)
            return
        self._viewer = Viewer(transport.underlying_transport)
        self._hub.add(self._viewer)
        self._viewer.reply(frames.connected(self._hub.connections))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._viewer is not None:
            self._hub.remove(self._viewer)

    def pause_writing(self) -> None:
        if self._viewer is not None:
            self._viewer.pause()

    def resume_writing(self) -> None:
        if self._viewer is not None:
            self._viewer.resume()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            if not self._closing:
                payload = frame.get_payload_as_bytes()[:2]
                transport.underlying_transport.write(frames.header(frames.CLOSE, len(payload)) + payload)
            transport.disconnect()
        elif self._viewer is None or self._closing:
            pass
        elif kind == WSMsgType.PING:
            self._viewer.reply(frames.pong(frame.get_payload_as_bytes()))
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._collect(transport, self._viewer, frame)

    def _collect(self, transport: WSTransport, viewer: Viewer, frame: WSFrame) -> None:
        """Put the frames of a message together."""
        part = frame.get_payload_as_bytes()
        self._size += len(part)
        if self._size > MAX_MESSAGE:
            self._close(transport, frames.TOO_BIG)
            return
        self._parts.append(part)
        if frame.fin:
            message = b"".join(self._parts)
            self._parts, self._size = [], 0
            self._answer(viewer, message)

    def _answer(self, viewer: Viewer, message: bytes) -> None:
        try:
            asked = _decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # unknown or malformed messages are ignored
        if asked.type == "ping":
            viewer.reply(frames.message({"type": "pong"}))
        elif asked.type == "stats":
            viewer.reply(frames.stats(self._hub.connections))

    def _close(self, transport: WSTransport, code: int) -> None:
        self._closing = True
        transport.underlying_transport.write(frames.close(code))
        # The client answers with a close of its own; closing at once could take ours away from it.
        asyncio.get_running_loop().call_later(_CLOSE_WAIT, transport.disconnect)


def _refusal(status: int, error: str, headers: dict[str, str]) -> WSUpgradeResponseWithListener:
    headers = {"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", **headers}
    body = msgspec.json.encode({"error": error})
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, body, headers), None)


def _listener_factory(hub: Hub, authorized: Authorized, path: str | None) -> Callable[[WSUpgradeRequest], Any]:
    """What answers a handshake; with `path`, only there."""

    def make(request: WSUpgradeRequest) -> Any:
        target, _, query = request.path.decode("latin-1").partition("?")
        if path is not None and target.rstrip("/") != path:
            return _refusal(404, "Not found", {})
        if "websocket" not in request.headers.get("upgrade", "").lower():
            return _refusal(426, "Upgrade required", {"Upgrade": "websocket"})
        return ViewerListener(hub, allowed=authorized(request.headers.get("authorization"), query))

    return make


async def serve_websocket(hub: Hub, authorized: Authorized, host: str, port: int) -> asyncio.Server:
    """Listen for viewers on a port of their own, whatever the path. Raises OSError when it can't."""
    return await ws_create_server(
        _listener_factory(hub, authorized, None),
        host,
        port,
        websocket_handshake_timeout=HANDSHAKE_SECONDS,
        enable_auto_ping=True,
        auto_ping_idle_timeout=PING_SECONDS,
        auto_ping_reply_timeout=PING_SECONDS,
        auto_ping_strategy=WSAutoPingStrategy.PING_PERIODICALLY,
        enable_auto_pong=False,
        max_frame_size=MAX_MESSAGE,
        use_aiofastnet=False,
    )


def uvicorn_websocket_protocol(hub: Hub, authorized: Authorized) -> type[asyncio.Protocol]:
    """A class for `uvicorn.Config(ws=…)` that serves viewers at `/ws`.

    uvicorn replays the handshake to it and then makes it the transport's protocol.
    """
    make = _listener_factory(hub, authorized, "/ws")

    class UvicornWebSocket(WSProtocol):  # type: ignore[misc]
        def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
            super().__init__(
                None,
                None,
                False,
                make,
                logging.getLogger("picows.server"),
                True,
                HANDSHAKE_SECONDS,
                True,
                PING_SECONDS,
                PING_SECONDS,
                WSAutoPingStrategy.PING_PERIODICALLY,
                False,
                MAX_MESSAGE,
                None,
                16 * 1024,
            )
            self._connections = server_state.connections

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self._connections.add(self)
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            self._connections.discard(self)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            view = memoryview(data)
            while view:
                room = self.get_buffer(len(view))
                size = min(len(room), len(view))
                room[:size] = view[:size]
                self.buffer_updated(size)
                view = view[size:]

        def shutdown(self) -> None:
            """Called by uvicorn when it stops; the hub has said good-bye before."""
            self.transport.disconnect()

    return UvicornWebSocket
