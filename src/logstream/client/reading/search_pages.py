"""Search by cursor: page after page of `GET /api/logs`, as the server sent each entry."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import httpx
import msgspec

from logstream.client.http import Refused, refusal

PAGE: Final = 1000
"""Entries in one request: the most that the server gives."""


class _Page(msgspec.Struct):
    entries: list[msgspec.Raw]
    next_cursor: str | None = None


def search_pages(
    client: httpx.Client, url: str, filters: Mapping[str, Sequence[str]], *, limit: int, ascending: bool = False
) -> Iterator[list[msgspec.Raw]]:
    """What matches, at most `limit` entries (0: all of them), in lists as they arrive.

    Raises Refused, and httpx.TransportError where there is no answer.
    """
    order = "asc" if ascending else "desc"
    cursor: dict[str, str] = {}
    left = limit
    while True:
        size = min(left, PAGE) if limit else PAGE
        paging = {"order": order, "total": "false", "limit": str(size), **cursor}
        answer = client.get(f"{url}/api/logs", params={**filters, **paging})
        if answer.status_code != 200:
            raise refusal(answer)
        try:
            page = msgspec.json.decode(answer.content, type=_Page)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refused("the answer is not a page of entries; is this a logstream server?") from None
        if page.entries:
            yield page.entries
        left -= len(page.entries)
        if page.next_cursor is None or (limit and left <= 0):
            return
        cursor = {"cursor": page.next_cursor}
