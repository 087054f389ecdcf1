"""GET /api/stats and GET /api/fields/{field}: what the entries that match look like as a whole."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.memory import Share
from logstream.query.conditions import VALUED
from logstream.query.results import ValueCount
from logstream.query.statistics import DEFAULT_BUCKETS, DEFAULT_SERIES, StatsQuery, checked_field, checked_metric
from logstream.store import Store
from logstream.web.auth import Access
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.loans import on_loan
from logstream.web.parameters import Given, given_parameters, read_conditions, read_number, read_zone

MAX_BUCKETS: Final = 1000
MAX_SERIES: Final = 20
DEFAULT_VALUES: Final = 100
MAX_VALUES: Final = 1000

Checked = TypeVar("Checked")


class FieldValues(msgspec.Struct):
    field: str
    values: Sequence[ValueCount]


class StatisticsRoutes:
    def __init__(self, store: Store, access: Access, share: Share) -> None:
        self._store = store
        self._access = access
        self._share = share

    async def stats(self, request: Request) -> Response:
        self._access.check_read(request)
        query = _read_query(given_parameters(request.url.query))

        async def search() -> Response:
            return JsonResponse(await while_connected(request, self._store.stats(query)))

        return await on_loan(request, self._share, query.where, search)

    async def values(self, request: Request) -> Response:
        self._access.check_read(request)
        field = request.path_params["field"]
        if field not in VALUED:
            raise HttpError(404, "Not found", f"only the values of {', '.join(VALUED)} can be listed")
        filters, given = given_parameters(request.url.query)
        where, prefix = read_conditions(filters), given.get("prefix", "")
        limit = max(1, min(read_number("limit", given, DEFAULT_VALUES), MAX_VALUES))

        async def search() -> Response:
            values = await while_connected(request, self._store.values(field, where, prefix, limit))
            return JsonResponse(FieldValues(field, values))

        return await on_loan(request, self._share, where, search)


def _read_query(asked: Given) -> StatsQuery:
    """Raises HttpError 400 that names the wrong parameter."""
    filters, given = asked
    return StatsQuery(
        read_conditions(filters),
        max(1, min(read_number("buckets", given, DEFAULT_BUCKETS), MAX_BUCKETS)),
        read_zone(given),
        _read("split", given, checked_field),
        max(1, min(read_number("split_limit", given, DEFAULT_SERIES), MAX_SERIES)),
        _read("metric", given, checked_metric),
    )


def _read(name: str, given: Mapping[str, str], check: Callable[[str], Checked]) -> Checked | None:
    try:
        return check(given[name]) if name in given else None
    except ValueError as error:
        raise HttpError(400, f"Invalid parameter: {name}", str(error)) from None
