"""The HTTP application: routes, cross-origin headers and errors, around one ASGI callable."""

import logging
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from logstream.store import StoreUnavailable
from logstream.team.dashboards import Dashboard
from logstream.team.views import View
from logstream.web.alerts import AlertRoutes
from logstream.web.auth import Access
from logstream.web.base_path import own_path
from logstream.web.clients import ClientRoutes
from logstream.web.docs import DocsRoutes
from logstream.web.errors import HttpError, http_error
from logstream.web.export import ExportRoutes
from logstream.web.ingest import Ingest
from logstream.web.patterns import PatternRoutes
from logstream.web.receive import Receivers, match_of, probe_answer, send_answer
from logstream.web.retention import RetentionRoutes
from logstream.web.search import SearchRoutes
from logstream.web.statistics import StatisticsRoutes
from logstream.web.status import StatusRoutes
from logstream.web.stream import StreamRoutes
from logstream.web.team import CollectionRoutes, StartRoutes
from logstream.web.ui import UiRoutes

log = logging.getLogger("logstream.web")

CORS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, PUT, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Content-Type, Authorization, X-Api-Key, X-Api-Token, X-App-Key, X-App-Id, Idempotency-Key, Prefer",
    ),
]


class Resources(NamedTuple):
    """What answers requests, each in a module of its own."""

    ingest: Ingest
    receivers: Receivers
    logs: SearchRoutes
    stream: StreamRoutes
    export: ExportRoutes
    statistics: StatisticsRoutes
    patterns: PatternRoutes
    status: StatusRoutes
    clients: ClientRoutes
    retention: RetentionRoutes
    views: CollectionRoutes[View]
    dashboards: CollectionRoutes[Dashboard]
    start: StartRoutes
    alerts: AlertRoutes
    docs: DocsRoutes
    ui: UiRoutes


def routes(to: Resources) -> list[Route]:
    """Every path, in the order in which they are compared with a request's."""
    return [
        Route("/api/logs", to.logs.search, methods=["GET", "POST"]),  # POST never comes here, see App._route
        Route("/api/logs/stream", to.stream.stream, methods=["GET"]),
        Route("/api/logs/export", to.export.export, methods=["GET"]),
        Route("/api/logs/{id}", to.logs.get, methods=["GET"]),
        Route("/api/stats", to.statistics.stats, methods=["GET"]),
        Route("/api/fields/{field}", to.statistics.values, methods=["GET"]),
        Route("/api/patterns", to.patterns.patterns, methods=["GET"]),
        Route("/api/health", to.status.health, methods=["GET"]),
        Route("/api/info", to.status.info, methods=["GET"]),
        Route("/api/clients", to.clients.list_or_add, methods=["GET", "POST"]),
        Route("/api/clients/{key}", to.clients.one, methods=["GET", "PUT", "DELETE"]),
        Route("/api/clients/{key}/rotate", to.clients.rotate, methods=["POST"]),
        Route("/api/retention/policies", to.retention.list_or_add, methods=["GET", "POST"]),
        Route("/api/retention/policies/{name}", to.retention.one, methods=["GET", "PUT", "DELETE"]),
        Route("/api/retention/policies/{name}/run", to.retention.run, methods=["POST"]),
        Route("/api/retention/run", to.retention.run, methods=["POST"]),
        Route("/api/retention/log", to.retention.log, methods=["GET"]),
        Route("/api/views", to.views.list_or_add, methods=["GET", "POST"]),
        Route("/api/views/{name}", to.views.one, methods=["GET", "PUT", "DELETE"]),
        Route("/api/dashboards", to.dashboards.list_or_add, methods=["GET", "POST"]),
        Route("/api/dashboards/{name}", to.dashboards.one, methods=["GET", "PUT", "DELETE"]),
        Route("/api/start", to.start.start, methods=["GET", "PUT"]),
        Route("/api/alerts", to.alerts.list_or_add, methods=["GET", "POST"]),
        Route("/api/alerts/preview", to.alerts.preview, methods=["POST"]),
        Route("/api/alerts/{name}", to.alerts.one, methods=["GET", "PUT", "DELETE"]),
        Route("/api/alerts/{name}/test", to.alerts.test, methods=["POST"]),
        Route("/api/alerts/{name}/mute", to.alerts.mute, methods=["POST"]),
        Route("/api/alerts/{name}/history", to.alerts.history, methods=["GET"]),
        Route("/metrics", to.status.metrics, methods=["GET"]),
        Route("/openapi.yaml", to.docs.openapi, methods=["GET"]),
        Route("/docs", to.docs.page, methods=["GET"]),
        Route("/docs/{name}", to.docs.file, methods=["GET"]),
        Route("/", to.ui.page, methods=["GET"]),
        Route("/v/{name}", to.ui.page, methods=["GET"]),
        Route("/d/{name}", to.ui.page, methods=["GET"]),
        Route("/assets/{name}", to.ui.file, methods=["GET"]),
        Route("/favicon.ico", _no_icon, methods=["GET"]),
    ]


class App:
    """Everything the HTTP port answers, with and without `base_path` before the path."""

    def __init__(self, resources: Resources, access: Access, base_path: str = "") -> None:
        self._base_path = base_path
        self._access = access
        self._ingest = resources.ingest
        self._receivers = resources.receivers
        self.routes = routes(resources)
        self._router = Router(self.routes, redirect_slashes=False, default=_not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = False
        cors = CORS

        async def send_with_cors(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *cors]
            await send(message)

        try:
            await self._route(scope, receive, send_with_cors)
        except Exception as error:
            fault = _as_http_error(error)
            if fault.status == 500:
                log.exception("%s %s failed", scope["method"], scope["path"])
            if started and isinstance(error, StoreUnavailable):
                return  # logged where it was raised; the answer is broken off, so that nobody takes it for whole
            if started:
                raise
            if fault.status == 403:
                cors = []  # the website that asked is not even told why
            await fault.response()(scope, receive, send_with_cors)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if len(path) > 1 and path.endswith("/"):
            path = path.rstrip("/") or "/"
        scope["path"] = path = own_path(self._base_path, path)
        if path == "/api/logs" and method == "POST":
            await self._ingest(scope, receive, send)
        elif (match := match_of(method, path)) is not None:
            await self._receivers(match, scope, receive, send)
        elif (answer := probe_answer(scope)) is not None:
            await send_answer(send, answer)
        elif method == "OPTIONS":
            self._access.check_preflight(path, dict(scope["headers"]))
            await Response(status_code=204)(scope, receive, send)
        else:
            # The router reads the raw path's parts from `path`; it adds `app` entries of its own to the scope.
            await self._router({**scope, "app": self}, receive, send)


def _as_http_error(error: Exception) -> HttpError:
    if isinstance(error, HTTPException):
        if error.status_code == 405:
            allowed = {name.strip() for name in (error.headers or {}).get("Allow", "").split(",")}
            return HttpError(405, "Method not allowed", headers={"Allow": ", ".join(sorted(allowed | {"OPTIONS"}))})
        return HttpError(error.status_code, "Not found" if error.status_code == 404 else error.detail)
    return http_error(error)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    raise HttpError(404, "Not found")


async def _no_icon(request: Request) -> Response:
    return Response(status_code=204)
