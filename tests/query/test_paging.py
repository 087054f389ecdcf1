"""When a page tells the total by itself, and how large chunks become."""

from datetime import datetime

import msgspec
import pytest

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Beyond, Equals, LogQuery
from logstream.query.paging import CHUNK_BYTES, FIRST_CHUNK, ChunkSize, page_without_count, without_place

FILTER = Equals("app_key", "shop")
PLACE = Beyond(datetime(2026, 1, 15), "0" * 26)


def entries(count: int, message: str = "") -> list[LogEntry]:
    entry = LogEntry("", "", None, "shop", "x", None, "info", "general", message, msgspec.Raw(b"null"), "", "")
    return [entry] * count


@pytest.mark.parametrize(
    ("query", "count", "total"),
    [
        (LogQuery([FILTER], limit=10), 9, 9),
        (LogQuery([FILTER], limit=10, offset=20), 1, 21),
        (LogQuery([FILTER], limit=10), 0, 0),
        (LogQuery([FILTER, PLACE], limit=10, counted=False), 10, None),
    ],
)
def test_a_page_that_ends_what_matches_or_needs_no_total_is_not_counted(
    query: LogQuery, count: int, total: int | None
) -> None:
    page = page_without_count(query, entries(count))
    assert page is not None
    assert (page.total, len(page.entries)) == (total, count)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (LogQuery([FILTER], limit=10), 10),  # more may follow
        (LogQuery([FILTER], limit=10, offset=20), 0),  # the end may lie anywhere before
        (LogQuery([FILTER, PLACE], limit=10), 9),  # what came before the place is not known
    ],
)
def test_any_other_page_has_to_be_counted(query: LogQuery, count: int) -> None:
    assert page_without_count(query, entries(count)) is None


def test_the_place_where_a_page_begins_is_all_that_is_left_out() -> None:
    assert without_place([FILTER, PLACE]) == [FILTER]


def test_chunks_begin_small_grow_to_their_bytes_and_shrink_down_to_one_entry() -> None:
    size = ChunkSize(5000)
    seen = [size.entries]
    for _ in range(3):
        size.fit(entries(size.entries, "x" * 20))
        seen.append(size.entries)
    assert seen == [FIRST_CHUNK, 1000, 4000, 4681]
    size.fit(entries(1, "x" * CHUNK_BYTES))
    assert size.entries == 1
    size.shrink()
    assert size.entries == 1
