"""The last entries, and then every new one: none missing in between, and none twice.

The stream is opened first and the last entries are fetched when it stands, so what is accepted meanwhile is in both;
the ids tell. A stream can't begin behind the fetched entries instead: they are the last by time, not by acceptance.
"""

from collections.abc import Iterator, Mapping, Sequence

import httpx
import msgspec

from logstream.client.reading.entry_lines import EntryJson, decode_shown
from logstream.client.reading.search_pages import search_pages
from logstream.client.reading.stream import Gap, StreamFollower


def tail(
    client: httpx.Client, url: str, filters: Mapping[str, Sequence[str]], count: int, follower: StreamFollower
) -> Iterator[Sequence[EntryJson] | Gap]:
    """`count` entries from before, the oldest first, then live ones in the order of acceptance, as JSON.

    Raises what StreamFollower.events and search_pages raise.
    """
    shown: set[bytes] = set()
    for events in follower.events():
        live: list[bytes] = []
        for event in events:
            if event.name == b"log":
                if event.id not in shown:
                    live.append(event.data)
            elif event.name == b"gap":
                if live:
                    yield live
                    live = []
                yield msgspec.json.decode(event.data, type=Gap)
            elif event.name == b"connected" and count:
                before = [entry for page in search_pages(client, url, filters, limit=count) for entry in page]
                before.reverse()
                shown = {decode_shown(entry).id.encode() for entry in before}
                yield before
        if live:
            yield live
