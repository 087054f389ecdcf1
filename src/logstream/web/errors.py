"""Errors as HTTP answers: one type, one shape, `{"error": …, "reason"?: …}`, made in one place."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from logstream.memory import NoRoom
from logstream.store import SearchTimeout, StoreUnavailable
from logstream.web.pieces import send_body


class HttpError(Exception):
    """A request that is answered with an error. `headers` are added to the answer."""

    def __init__(
        self,
        status: int,
        error: str,
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
        position: int | None = None,
    ) -> None:
        super().__init__(error if reason is None else f"{error}: {reason}")
        self.status = status
        more = {"reason": reason, "position": position}
        self.body = {"error": error, **{name: value for name, value in more.items() if value is not None}}
        self.headers = dict(headers or {})

    def response(self) -> Response:
        return JsonResponse(self.body, self.status, self.headers)


class JsonResponse(Response):
    """Compact JSON, UTF-8."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return msgspec.json.encode(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send_body(send, self.body)


def http_error(error: Exception) -> HttpError:
    """The HTTP answer that an exception of the stores means."""
    if isinstance(error, HttpError):
        return error
    if isinstance(error, StoreUnavailable):
        name = "Search timed out" if isinstance(error, SearchTimeout) else "Service unavailable"
        return HttpError(503, name, str(error), {"Retry-After": str(error.retry_after)})
    if isinstance(error, NoRoom):
        return HttpError(503, "Service unavailable", str(error), {"Retry-After": "2"})
    return HttpError(500, "Internal server error")
