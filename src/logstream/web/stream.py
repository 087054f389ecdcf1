"""GET /api/logs/stream: entries as they arrive, as Server-Sent Events."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from logstream.live import sse_format
from logstream.live.hub import Hub
from logstream.live.resume import is_id, start_resuming
from logstream.live.sse import EventStream
from logstream.query.conditions import Condition
from logstream.store import Store
from logstream.web.auth import Access
from logstream.web.errors import HttpError
from logstream.web.parameters import given_parameters, read_conditions

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class StreamRoutes:
    def __init__(self, store: Store, hub: Hub, access: Access) -> None:
        self._store = store
        self._hub = hub
        self._access = access

    async def stream(self, request: Request) -> Response:
        self._access.check_read(request)
        given = given_parameters(request.url.query)
        where = tuple(read_conditions(given))
        after = request.headers.get("last-event-id") or given.get("after")
        if after is not None and not is_id(after):
            raise HttpError(400, "Invalid parameter: after", f"{after[:100]!r} is not the id of an entry")
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type="text/event-stream")
        stream = EventStream()
        return _EventStreamResponse(stream, lambda: self._begin(stream, where, after))

    def _begin(self, stream: EventStream, where: tuple[Condition, ...], after: str | None) -> Callable[[], None]:
        """Make the stream's viewer known; returns what ends it."""
        viewer = stream.viewer
        resuming = None
        self._hub.add(viewer, where)
        viewer.reply(sse_format.connected(self._hub.last_id or None))
        if after is not None:
            resuming = start_resuming(self._hub, viewer, self._store, after)

        def end() -> None:
            if resuming is not None:
                resuming.cancel()
            self._hub.remove(viewer)
            viewer.lost()

        return end


class _EventStreamResponse(StreamingResponse):
    """A response that lasts until the stream ends or the client goes away."""

    def __init__(self, stream: EventStream, begin: Callable[[], Callable[[], None]]) -> None:
        super().__init__(stream.parts(), headers=HEADERS, media_type="text/event-stream")
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        end = self._begin()
        try:
            await super().__call__(scope, receive, send)
        finally:
            end()
