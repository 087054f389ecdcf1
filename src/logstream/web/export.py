"""GET /api/logs/export: everything that matches, as NDJSON or CSV, in chunks, so that memory stays constant."""

import logging
import re
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from logstream.entries.entry import LogEntry
from logstream.live.resume import READER_BYTES
from logstream.memory import WAIT_SECONDS, Share
from logstream.query.conditions import NO_LIMIT, LogQuery
from logstream.store import Store, StoreUnavailable
from logstream.web.auth import Access
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError
from logstream.web.export_formats import BOM, FORMATS, Format
from logstream.web.loans import OnLoan, loan_for
from logstream.web.parameters import given_parameters, read_choice, read_conditions, read_order
from logstream.web.pieces import PIECE

log = logging.getLogger("logstream.web")


class ExportRoutes:
    def __init__(self, store: Store, access: Access, share: Share) -> None:
        self._store = store
        self._access = access
        self._share = share

    async def export(self, request: Request) -> Response:
        self._access.check_read(request)
        filters, given = given_parameters(request.url.query)
        name = given.get("format", "ndjson").lower()
        if name not in FORMATS:
            raise HttpError(400, "Invalid parameter: format", f"{name[:100]!r} is not one of {', '.join(FORMATS)}")
        chosen = FORMATS[name]
        with_bom = read_choice("bom", given, {"0": False, "1": True, "false": False, "true": True})
        if with_bom and name == "csv":
            chosen = chosen._replace(head=BOM + chosen.head)
        query = LogQuery(read_conditions(filters), NO_LIMIT, ascending=read_order(given), counted=False)
        loan = await loan_for(request, self._share, READER_BYTES, WAIT_SECONDS)
        try:
            ends = await while_connected(request, self._ends(query))
        except BaseException:
            loan.end()
            raise
        headers = {"Content-Disposition": f'attachment; filename="{_file_name(ends)}.{name}"'}
        if request.method == "HEAD":
            loan.end()
            return Response(headers=headers, media_type=chosen.media_type)
        parts = self._encoded(query, chosen)
        return OnLoan(StreamingResponse(parts, headers=headers, media_type=chosen.media_type), loan)

    async def _ends(self, query: LogQuery) -> list[LogEntry]:
        """The oldest and the newest entry that match."""
        oldest = await self._store.search(LogQuery(query.where, limit=1, ascending=True, counted=False))
        newest = await self._store.search(LogQuery(query.where, limit=1, counted=False))
        return [*oldest.entries, *newest.entries]

    async def _encoded(self, query: LogQuery, chosen: Format) -> AsyncIterator[bytes]:
        if chosen.head:
            yield chosen.head
        try:
            async for entries in self._store.scan(query):
                encoded = chosen.encode(entries)
                del entries  # the client may take its time
                for start in range(0, len(encoded), PIECE):
                    yield encoded[start : start + PIECE]
        except StoreUnavailable as error:
            log.error("an export was broken off: %s", error)
            raise


def _file_name(ends: list[LogEntry]) -> str:
    """`logs_20260115T140000Z_20260115T150000Z`: from the oldest to the newest entry in it."""
    return "_".join(["logs", *(re.sub(r"[-:]|\.[0-9]+", "", entry.timestamp) for entry in ends)])
