"""Searching: GET /api/logs and GET /api/logs/{id}."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.entries.entry import LogEntry
from logstream.memory import Share
from logstream.query.conditions import LogQuery
from logstream.query.paging import without_place
from logstream.store import Store
from logstream.web.auth import Access
from logstream.web.cursors import make_cursor
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.loans import on_loan
from logstream.web.parameters import read_query


class PageAnswer(msgspec.Struct):
    total: int | None
    limit: int
    offset: int
    entries: list[LogEntry]
    next_cursor: str | None = None


class SearchRoutes:
    """The reading side of /api/logs."""

    def __init__(self, store: Store, access: Access, share: Share) -> None:
        self._store = store
        self._access = access
        self._share = share

    async def search(self, request: Request) -> Response:
        self._check(request)
        query = read_query(request.url.query)
        return await on_loan(request, self._share, query.where, lambda: self._found(request, query))

    async def _found(self, request: Request, query: LogQuery) -> Response:
        page = await while_connected(request, self._store.search(query))
        cursor = None
        if len(page.entries) == query.limit:
            cursor = make_cursor(page.entries[-1], without_place(query.where), ascending=query.ascending)
        return JsonResponse(PageAnswer(page.total, query.limit, query.offset, list(page.entries), cursor))

    async def get(self, request: Request) -> Response:
        self._check(request)
        return await on_loan(request, self._share, (), lambda: self._one(request))

    async def _one(self, request: Request) -> Response:
        entry = await while_connected(request, self._store.get(request.path_params["id"]))
        if entry is None:
            raise HttpError(404, "Not found")
        return JsonResponse(entry)

    def _check(self, request: Request) -> None:
        self._access.check_read(request)
