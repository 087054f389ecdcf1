"""Searching: GET /api/logs and GET /api/logs/{id}."""

import logging
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from logstream.entries.entry import LogEntry
from logstream.live.resume import READER_BYTES
from logstream.memory import WAIT_SECONDS, Share
from logstream.query.conditions import LogQuery
from logstream.query.paging import without_place
from logstream.query.results import Page
from logstream.store import Store, StoreUnavailable
from logstream.web.auth import Access
from logstream.web.cursors import make_cursor
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.loans import OnLoan, loan_for, on_loan
from logstream.web.parameters import read_query
from logstream.web.pieces import PIECE

log = logging.getLogger("logstream.web")

NO_ENTRIES: Final = b'"entries":[]'


class PageAnswer(msgspec.Struct):
    total: int | None
    limit: int
    offset: int
    entries: list[LogEntry]
    next_cursor: str | None = None


class SearchRoutes:
    """The reading side of /api/logs."""

    def __init__(self, store: Store, access: Access, share: Share, readers: Share) -> None:
        self._store = store
        self._access = access
        self._share = share
        self._readers = readers

    async def search(self, request: Request) -> Response:
        self._check(request)
        query = read_query(request.url.query)
        return await on_loan(request, self._share, query.where, lambda: self._found(request, query))

    async def _found(self, request: Request, query: LogQuery) -> Response:
        page = await while_connected(request, self._store.search(query))
        cursor = None
        if len(page.entries) == query.limit:
            cursor = make_cursor(page.entries[-1], without_place(query.where), ascending=query.ascending)
        if page.is_whole:
            return JsonResponse(PageAnswer(page.total, query.limit, query.offset, list(page.entries), cursor))
        answer = PageAnswer(page.total, query.limit, query.offset, [], cursor)
        loan = await loan_for(request, self._readers, READER_BYTES, WAIT_SECONDS)
        return OnLoan(StreamingResponse(self._in_parts(answer, page), media_type=JsonResponse.media_type), loan)

    async def _in_parts(self, answer: PageAnswer, page: Page) -> AsyncIterator[bytes]:
        """An answer with the entries of a page, of which only a chunk is in memory."""
        start, end = msgspec.json.encode(answer).split(NO_ENTRIES, 1)
        yield start + NO_ENTRIES[:-1]
        separator = b""
        try:
            async for entries in self._store.whole(page):
                encoded = separator + msgspec.json.encode(entries)[1:-1]
                del entries  # the client may take its time
                separator = b","
                for begin in range(0, len(encoded), PIECE):
                    yield encoded[begin : begin + PIECE]
        except StoreUnavailable as error:
            log.error("an answer was broken off: %s", error)
            raise
        yield NO_ENTRIES[-1:] + end

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
