"""Who is let in as a viewer over WebSocket, and what the others are told: the answer to a handshake."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from picows import WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener

from logstream.live.hub import Hub
from logstream.live.resume import History
from logstream.live.websocket_listener import ViewerListener

log = logging.getLogger("logstream")

UNAUTHORIZED_STATUS: Final = 401


class Refusal(NamedTuple):
    """Why a handshake is not let in: as an HTTP status with its body. 401 is told on the WebSocket, which browsers can
    read, every other by HTTP alone."""

    status: int
    body: bytes


Admission = Callable[[Mapping[bytes, bytes], str], Refusal | None]
"""Decides on the headers (lower-case names) and the raw query string of a handshake."""

ListenerFactory = Callable[[WSUpgradeRequest], WSListener | WSUpgradeResponseWithListener]
"""What picows asks for an answer to a handshake."""


def listener_factory(hub: Hub, history: History, admission: Admission, paths: Sequence[str] = ()) -> ListenerFactory:
    """Lets viewers in at any path, or only at some."""

    def make(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        target, _, query = request.path.decode("latin-1").partition("?")
        if paths and target.rstrip("/") not in paths:
            return _error(404, "Not found", {})
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return _error(426, "Upgrade required", {"Upgrade": "websocket"})
        # Firefox sends "keep-alive, Upgrade", a list that RFC 6455 section 4.2.1 allows and picows refuses.
        if "upgrade" in [token.strip().lower() for token in request.headers.get("Connection", "").split(",")]:
            request.headers["Connection"] = "Upgrade"
        try:
            refusal = admission(_header_bytes(request), query)
        except Exception:
            log.exception("can't tell whether a viewer may read")
            return _error(500, "Internal server error", {})  # picows would show the client the exception's text
        if refusal is None:
            return ViewerListener(hub, history, query, allowed=True)
        if refusal.status == UNAUTHORIZED_STATUS:
            return ViewerListener(hub, history, query, allowed=False)
        return _answer(refusal.status, refusal.body, {})

    return make


def _header_bytes(request: WSUpgradeRequest) -> dict[bytes, bytes]:
    return {name.lower().encode("latin-1"): value.encode("latin-1") for name, value in request.headers.items()}


def _error(status: int, error: str, headers: dict[str, str]) -> WSUpgradeResponseWithListener:
    """Any website may read why."""
    return _answer(status, msgspec.json.encode({"error": error}), {"Access-Control-Allow-Origin": "*", **headers})


def _answer(status: int, body: bytes, headers: dict[str, str]) -> WSUpgradeResponseWithListener:
    headers = {"Content-Type": "application/json", **headers}
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, body, headers), None)
