"""Searching: GET /api/logs and GET /api/logs/{id}."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.entries.entry import LogEntry
from logstream.query.paging import without_place
from logstream.store import Store
from logstream.web.auth import Access
from logstream.web.cursors import make_cursor
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.parameters import read_query


class PageAnswer(msgspec.Struct):
    total: int | None
    limit: int
    offset: int
    entries: list[LogEntry]
    next_cursor: str | None = None


class SearchRoutes:
    """The reading side of /api/logs."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    async def search(self, request: Request) -> Response:
        self._check(request)
        query = read_query(request.url.query)
        page = await while_connected(request, self._store.search(query))
        cursor = None
        if len(page.entries) == query.limit:
            cursor = make_cursor(page.entries[-1], without_place(query.where), ascending=query.ascending)
        return JsonResponse(PageAnswer(page.total, query.limit, query.offset, list(page.entries), cursor))

    async def get(self, request: Request) -> Response:
        self._check(request)
        entry = await while_connected(request, self._store.get(request.path_params["id"]))
        if entry is None:
            raise HttpError(404, "Not found")
        return JsonResponse(entry)

    def _check(self, request: Request) -> None:
        self._access.check_read(request)
