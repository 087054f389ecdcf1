"""What the server says about itself: GET /api/health and GET /api/info."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from logstream.settings import Settings
from logstream.timestamps import format_timestamp, utc_now
from logstream.web.errors import JsonResponse


class Status:
    def __init__(self, settings: Settings, connections: Callable[[], int]) -> None:
        self._settings = settings
        self._connections = connections

    async def health(self, request: Request) -> Response:
        return JsonResponse(
            {"status": "ok", "time": format_timestamp(utc_now()), "ws_connections": self._connections()}
        )

    async def info(self, request: Request) -> Response:
        database = self._settings.storage_type != "file"
        return JsonResponse(
            {
                "version": self._settings.app_version,
                "storage_type": self._settings.storage_type,
                "features": {"client_management": database, "retention": False, "websocket": True},
            }
        )
