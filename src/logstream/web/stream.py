"""GET /api/logs/stream: entries as they arrive, as Server-Sent Events."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from logstream.entries.ids import is_id
from logstream.live import sse_format
from logstream.live.hub import NO_ROOM, Hub
from logstream.live.resume import start_resuming
from logstream.live.sse import EventStream
from logstream.query.conditions import Condition
from logstream.store import Store
from logstream.web.auth import Access
from logstream.web.errors import HttpError
from logstream.web.loans import OnLoan, peer_of_request
from logstream.web.parameters import given_parameters, read_conditions, read_cut

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class StreamRoutes:
    def __init__(self, store: Store, hub: Hub, access: Access) -> None:
        self._store = store
        self._hub = hub
        self._access = access

    async def stream(self, request: Request) -> Response:
        self._access.check_read(request)
        filters, given = given_parameters(request.url.query)
        where, message_max = tuple(read_conditions(filters)), read_cut(given)
        after = request.headers.get("last-event-id") or given.get("after")
        if after is not None and not is_id(after):
            raise HttpError(400, "Invalid parameter: after", f"{after[:100]!r} is not the id of an entry")
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type="text/event-stream")
        peer = peer_of_request(request)
        loan = self._hub.room(peer)
        if loan is None:
            raise HttpError(503, "Service unavailable", NO_ROOM, {"Retry-After": "5"})
        stream = EventStream(peer)
        stream.viewer.message_max = message_max
        return OnLoan(_EventStreamResponse(stream, self._viewing(stream, where, after)), loan)

    @contextmanager
    def _viewing(self, stream: EventStream, where: tuple[Condition, ...], after: str | None) -> Iterator[None]:
        """The stream's viewer is in the hub."""
        resuming = None
        self._hub.add(stream.viewer, where)
        stream.connection.reply(sse_format.connected(self._hub.last_id or None))
        if after is not None:
            resuming = start_resuming(self._hub, stream.viewer, self._store, after)
        try:
            yield
        finally:
            if resuming is not None:
                resuming.cancel()
            self._hub.remove(stream.viewer)
            stream.connection.lost()


class _EventStreamResponse(StreamingResponse):
    """A response that lasts until the stream ends or the client goes away."""

    def __init__(self, stream: EventStream, viewing: AbstractContextManager[None]) -> None:
        super().__init__(stream.body(), headers=HEADERS, media_type="text/event-stream")
        self._viewing = viewing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._viewing:
            await super().__call__(scope, receive, send)
