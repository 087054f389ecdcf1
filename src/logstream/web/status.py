"""What the server says about itself: GET /api/health, GET /api/info and GET /metrics."""

from collections.abc import Callable
from typing import Protocol

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response

from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.live.hub import Hub
from logstream.metrics import Metrics
from logstream.settings import Settings
from logstream.store import Health
from logstream.web.auth import Access
from logstream.web.errors import JsonResponse


class Listeners(Protocol):
    """What listens besides HTTP and WebSocket."""

    @property
    def health(self) -> list[dict[str, object]]: ...


class StatusRoutes:
    def __init__(
        self,
        settings: Settings,
        access: Access,
        hub: Hub,
        metrics: Metrics,
        health: Health,
        warnings: Callable[[], list[str]],
        listeners: Listeners,
        cluster: Callable[[], dict[str, object] | None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._access = access
        self._metrics = metrics
        self._hub = hub
        self._health = health
        self._warnings = warnings
        self._listeners = listeners
        self._cluster = cluster

    async def health(self, request: Request) -> Response:
        """Public: why the store is degraded is said without the address of the database."""
        reason = self._health.degraded
        health: dict[str, object] = {
            "status": "ok" if reason is None else "degraded",
            "time": format_timestamp(utc_now()),
            "ws_connections": self._hub.connections,
        }
        if reason is not None:
            health |= {"reason": reason, "spooled": self._health.waiting}
        if (cluster := self._cluster()) is not None:
            health["cluster"] = cluster
        if listeners := self._listeners.health:
            health["listeners"] = listeners
        if warnings := self._warnings():
            health["warnings"] = warnings
        return JsonResponse(health)

    async def metrics(self, request: Request) -> Response:
        if not self._settings.metrics_open:
            self._access.check_read(request)
        return Response(self._metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def info(self, request: Request) -> Response:
        database = self._settings.storage_type != "file"
        info: dict[str, object] = {
            "version": self._settings.app_version,
            "storage_type": self._settings.storage_type,
            "features": {"client_management": database, "retention": True, "websocket": True},
        }
        if (cluster := self._cluster()) is not None:
            info["cluster"] = cluster
        return JsonResponse(info)
