"""GET /api/patterns: what kinds of messages there are among the entries that match."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from logstream.memory import Share
from logstream.query.conditions import LogQuery
from logstream.store import Store
from logstream.web.auth import Access
from logstream.web.disconnects import while_connected
from logstream.web.errors import JsonResponse
from logstream.web.loans import on_loan
from logstream.web.parameters import given_parameters, read_conditions, read_cut, read_number, read_zone

DEFAULT_PATTERNS: Final = 50
MAX_PATTERNS: Final = 500


class PatternRoutes:
    def __init__(self, store: Store, access: Access, share: Share) -> None:
        self._store = store
        self._access = access
        self._share = share

    async def patterns(self, request: Request) -> Response:
        self._access.check_read(request)
        given = given_parameters(request.url.query)
        limit = max(1, min(read_number("limit", given, DEFAULT_PATTERNS), MAX_PATTERNS))
        query = LogQuery(read_conditions(given), limit, message_max=read_cut(given))
        zone = read_zone(given)

        async def search() -> Response:
            return JsonResponse(await while_connected(request, self._store.patterns(query, zone)))

        return await on_loan(request, self._share, query.where, search)
