"""GET /api/logs/export: everything that matches, as NDJSON or CSV, in portions, so that memory stays constant."""

import csv
import io
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from logstream.entries.entry import LogEntry, encode_lines
from logstream.live.resume import READER_BYTES
from logstream.memory import WAIT_SECONDS, Share
from logstream.query.conditions import LogQuery
from logstream.store import Store, StoreUnavailable
from logstream.web.auth import Access
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError
from logstream.web.loans import OnLoan, loan_for
from logstream.web.parameters import given_parameters, read_conditions, read_order
from logstream.web.pieces import PIECE

log = logging.getLogger("logstream.web")

NO_LIMIT: Final = 2**62
COLUMNS: Final = LogEntry.__struct_fields__
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""


class ExportRoutes:
    def __init__(self, store: Store, access: Access, share: Share) -> None:
        self._store = store
        self._access = access
        self._share = share

    async def export(self, request: Request) -> Response:
        self._access.check_read(request)
        given = given_parameters(request.url.query)
        name = given.get("format", "ndjson").lower()
        if name not in FORMATS:
            raise HttpError(400, "Invalid parameter: format", f"{name[:100]!r} is none of {', '.join(FORMATS)}")
        media_type, head, encode = FORMATS[name]
        query = LogQuery(read_conditions(given), NO_LIMIT, ascending=read_order(given), counted=False)
        loan = await loan_for(request, self._share, READER_BYTES, WAIT_SECONDS)
        try:
            ends = await while_connected(request, self._ends(query))
        except BaseException:
            loan.end()
            raise
        headers = {"Content-Disposition": f'attachment; filename="{_file_name(ends)}.{name}"'}
        if request.method == "HEAD":
            loan.end()
            return Response(headers=headers, media_type=media_type)
        parts = self._encoded(query, head, encode)
        return OnLoan(StreamingResponse(parts, headers=headers, media_type=media_type), loan)

    async def _ends(self, query: LogQuery) -> list[LogEntry]:
        """The oldest and the newest entry that match."""
        oldest = await self._store.search(LogQuery(query.where, limit=1, ascending=True, counted=False))
        newest = await self._store.search(LogQuery(query.where, limit=1, counted=False))
        return [*oldest.entries, *newest.entries]

    async def _encoded(
        self, query: LogQuery, head: bytes, encode: Callable[[Sequence[LogEntry]], bytes]
    ) -> AsyncIterator[bytes]:
        if head:
            yield head
        try:
            async for entries in self._store.scan(query):
                encoded = encode(entries)
                del entries  # the client may take its time
                for start in range(0, len(encoded), PIECE):
                    yield encoded[start : start + PIECE]
        except StoreUnavailable as error:
            log.error("an export was broken off: %s", error)
            raise


def to_ndjson(entries: Sequence[LogEntry]) -> bytes:
    return encode_lines(entries)


def to_csv(entries: Sequence[LogEntry]) -> bytes:
    """Rows of COLUMNS (RFC 4180), the context as JSON; cells that a spreadsheet would run begin with an apostrophe."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    for entry in entries:
        context = bytes(entry.context).decode()
        cells = [getattr(entry, name) for name in COLUMNS if name != "context"]
        cells.insert(COLUMNS.index("context"), None if context == "null" else context)
        rows.writerow([None if cell is None else defused(cell) for cell in cells])
    return text.getvalue().encode()


def defused(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell


FORMATS: Final[dict[str, tuple[str, bytes, Callable[[Sequence[LogEntry]], bytes]]]] = {
    "ndjson": ("application/x-ndjson", b"", to_ndjson),
    "csv": ("text/csv", ",".join(COLUMNS).encode() + b"\r\n", to_csv),
}
"""Media type, first line and encoding of each format."""


def _file_name(ends: list[LogEntry]) -> str:
    """`logs_20260115T140000Z_20260115T150000Z`: from the oldest to the newest entry in it."""
    return "_".join(["logs", *(re.sub(r"[-:]|\.[0-9]+", "", entry.timestamp) for entry in ends)])
