"""What one client on a WebSocket says, and the answers. Parsing frames is picows's job, writing the connection's."""

import asyncio
from typing import Final

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from logstream.entries.ids import is_id
from logstream.live import websocket_format
from logstream.live.close_codes import POLICY, TOO_BIG, TRY_AGAIN_LATER, UNAUTHORIZED
from logstream.live.connection import Connection
from logstream.live.hub import NO_ROOM, Hub
from logstream.live.rate_limit import RateLimit
from logstream.live.resume import History, start_resuming
from logstream.live.subscription import (
    EVERYTHING,
    InvalidSubscription,
    Subscription,
    from_message,
    from_query_string,
)
from logstream.live.viewer import Viewer
from logstream.live.websocket_format import WEBSOCKET_FORMAT
from logstream.memory import Loan, peer_of

MAX_MESSAGE: Final = 64 * 1024
"""Bytes of a message; a longer one ends the connection."""

MAX_FRAGMENTS: Final = 500
"""Frames of a message; more end the connection. Fragments of 132 bytes and more may make up the longest message."""

FRAGMENTS_AT_ONCE: Final = 1000
FRAGMENTS_PER_SECOND: Final = 100
CONTROL_AT_ONCE: Final = 100
CONTROL_PER_SECOND: Final = 10
"""How often a client may send a fragment, or a control frame (ping, pong); more end the connection. Clients ping every
few seconds, pong when we ping, and hardly ever fragment what they have to say."""

MESSAGES_AT_ONCE: Final = 2000
MESSAGES_PER_SECOND: Final = 2000
PAUSE_SECONDS: Final = 0.1
"""How many messages are read; a client that sends more is not read from for a while."""

SUBSCRIPTIONS_AT_ONCE: Final = 20
SUBSCRIPTIONS_PER_SECOND: Final = 5
"""How often a viewer may change its filter: more than anybody types, and less than would cost others anything."""

CONTROL_FLOOD: Final = f"more than {CONTROL_PER_SECOND} control frames a second"
FRAGMENTS: Final = f"more than {MAX_FRAGMENTS} fragments in a message, or {FRAGMENTS_PER_SECOND} a second"
TOO_OFTEN: Final = f"too many subscriptions: at most {SUBSCRIPTIONS_PER_SECOND} a second"
REFUSAL: Final = "Unauthorized: invalid or missing token."

_NO_FILTER: Final = msgspec.Raw(b"{}")


class _Message(msgspec.Struct):
    type: str
    filter: msgspec.Raw = _NO_FILTER


_decode: Final = msgspec.json.Decoder(_Message).decode


class ViewerListener(WSListener):
    """A client from the handshake on. One that is not allowed has a connection to be told so, and no viewer."""

    def __init__(self, hub: Hub, history: History, query: str, *, allowed: bool) -> None:
        self._hub = hub
        self._history = history
        self._query = query
        self._allowed = allowed
        self._rate_limit = RateLimit(SUBSCRIPTIONS_AT_ONCE, SUBSCRIPTIONS_PER_SECOND)
        self._fragments_sent = RateLimit(FRAGMENTS_AT_ONCE, FRAGMENTS_PER_SECOND)
        self._messages = RateLimit(MESSAGES_AT_ONCE, MESSAGES_PER_SECOND)
        self._control_frames = RateLimit(CONTROL_AT_ONCE, CONTROL_PER_SECOND)
        self._loan: Loan | None = None
        self._connection: Connection | None = None
        self._viewer: Viewer | None = None
        self._resuming: asyncio.Task[None] | None = None
        self._message: bytearray | None = None
        self._fragments = 0
        self.unparsed: int | None = None
        """Bytes received behind the last complete frame, until the protocol has asked."""

    @property
    def closing(self) -> bool:
        return self._connection is not None and self._connection.closing

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.unparsed = 0
        self._connection = connection = Connection(transport.underlying_transport, WEBSOCKET_FORMAT)
        if not self._allowed:
            connection.reply(websocket_format.error(REFUSAL))
            connection.close(UNAUTHORIZED)
            return
        peer = _peer(transport)
        self._loan = self._hub.room(peer)
        if self._loan is None:
            connection.reply(websocket_format.error(NO_ROOM))
            connection.close(TRY_AGAIN_LATER, NO_ROOM)
            return
        self._viewer = viewer = Viewer(connection, peer)
        try:
            subscription = from_query_string(self._query)
        except InvalidSubscription as error:
            self._welcome(viewer, EVERYTHING)
            connection.reply(websocket_format.error(str(error)))
        else:
            self._welcome(viewer, subscription)

    def _welcome(self, viewer: Viewer, subscription: Subscription) -> None:
        viewer.message_max = subscription.message_max
        self._hub.add(viewer, subscription.where)
        viewer.connection.reply(websocket_format.connected(self._hub.connections))
        after = subscription.after
        if after is None:
            return
        if is_id(after):
            self._resuming = start_resuming(self._hub, viewer, self._history, after)
        else:
            viewer.connection.reply(websocket_format.error(f"after: {after[:100]!r} is not the id of an entry"))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if self._resuming is not None:
            self._resuming.cancel()
        self._leave_hub()
        if self._loan is not None:
            self._loan.end()
        if self._connection is not None:
            self._connection.lost()

    def pause_writing(self) -> None:
        if self._connection is not None:
            self._connection.pause()

    def resume_writing(self) -> None:
        if self._connection is not None:
            self._connection.resume()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.unparsed = frame.tail_size
        viewer = self._viewer
        if viewer is None or viewer.connection.closing:
            return
        viewer.connection.heard()
        kind = frame.msg_type
        if kind in (WSMsgType.PING, WSMsgType.PONG) and not self._control_frames.allows():
            self.close(POLICY, CONTROL_FLOOD)
            return
        if kind == WSMsgType.CLOSE:
            payload = frame.get_payload_as_bytes()
            self.close(int.from_bytes(payload[:2]) if payload else None)
        elif kind == WSMsgType.PING:
            viewer.connection.reply(websocket_format.pong(frame.get_payload_as_bytes()))
        elif kind != WSMsgType.PONG:
            self._collect(viewer, frame)
            if frame.fin and not self._messages.allows():
                self._pause_reading(transport.underlying_transport)

    def _pause_reading(self, transport: asyncio.Transport) -> None:
        def go_on() -> None:
            if not transport.is_closing():
                transport.resume_reading()

        if transport.is_reading():
            transport.pause_reading()
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, go_on)

    def close(self, code: int | None, reason: str = "") -> None:
        self._leave_hub()
        if self._connection is not None:
            self._connection.close(code, reason)

    def close_sent(self) -> None:
        """picows has sent a close frame, so no entry may follow."""
        self._leave_hub()
        if self._connection is not None:
            self._connection.abort_later()

    def _leave_hub(self) -> None:
        if self._viewer is not None:
            self._hub.remove(self._viewer)

    def _collect(self, viewer: Viewer, frame: WSFrame) -> None:
        """Put the frames of a message together. A continuation of nothing is ignored, as any malformed message."""
        if frame.msg_type != WSMsgType.CONTINUATION:
            self._message, self._fragments = bytearray(), 0
        self._fragments += 1
        if self._fragments > MAX_FRAGMENTS or (not frame.fin and not self._fragments_sent.allows()):
            self.close(POLICY, FRAGMENTS)
            return
        if self._message is None:
            return
        if len(self._message) + frame.payload_size > MAX_MESSAGE:
            self.close(TOO_BIG)
            return
        self._message += frame.get_payload_as_memoryview()
        if frame.fin:
            message, self._message = self._message, None
            self._answer(viewer, message)

    def _answer(self, viewer: Viewer, content: bytearray) -> None:
        try:
            message = _decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # unknown or malformed messages are ignored
        if message.type == "ping":
            viewer.connection.reply(websocket_format.PONG_MESSAGE)
        elif message.type == "stats":
            viewer.connection.reply(websocket_format.stats(self._hub.connections))
        elif message.type == "subscribe":
            viewer.connection.reply(self._subscribe(viewer, message.filter))

    def _subscribe(self, viewer: Viewer, filter: msgspec.Raw) -> bytes:
        if not self._rate_limit.allows():
            return websocket_format.error(TOO_OFTEN)
        try:
            subscription = from_message(filter)
        except InvalidSubscription as error:
            return websocket_format.error(str(error))
        self._hub.add(viewer, subscription.where)
        return websocket_format.subscribed(subscription.given)


def _peer(transport: WSTransport) -> str:
    address = transport.underlying_transport.get_extra_info("peername")
    return peer_of(address[0]) if address else ""
