"""The formats of an export: NDJSON, and CSV that a spreadsheet may open without running anything in it."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from logstream.entries.entry import LogEntry, encode_lines

COLUMNS: Final = LogEntry.__struct_fields__
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), full-width forms included."""

BOM: Final = b"\xef\xbb\xbf"
"""By which Excel knows UTF-8."""


class Format(NamedTuple):
    """How entries are written; `head` comes once, before the first of them."""

    media_type: str
    head: bytes
    encode: Callable[[Sequence[LogEntry]], bytes]


def _to_csv(entries: Sequence[LogEntry]) -> bytes:
    """Rows of COLUMNS (RFC 4180), the context as JSON; cells that a spreadsheet would run begin with an apostrophe."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    for entry in entries:
        context = bytes(entry.context).decode()
        cells = [getattr(entry, name) for name in COLUMNS if name != "context"]
        cells.insert(COLUMNS.index("context"), None if context == "null" else context)
        rows.writerow([None if cell is None else _defused(cell) for cell in cells])
    return text.getvalue().encode()


def _defused(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell


FORMATS: Final = {
    "ndjson": Format("application/x-ndjson", b"", encode_lines),
    "csv": Format("text/csv", ",".join(COLUMNS).encode() + b"\r\n", _to_csv),
}
