"""What the server says in an event stream (Server-Sent Events, WHATWG HTML section 9.2), as finished bytes.

An entry's id is the event's id, so a client that comes back names the last it saw by itself.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from logstream.entries.entry import LogEntry


def event(name: str, content: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(content))


def connected(after: str | None) -> bytes:
    """The first event: `after` names the newest entry, for clients that lose the connection before they see one."""
    return b"retry: 1000\n" + event("connected", {"after": after})


class SseFormat:
    """A live.format.Format."""

    is_websocket: Final = False

    ping: Final = b": ping\n\n"
    """A comment: it keeps proxies from taking the connection for dead."""

    def join(self, lines: Sequence[bytes], entries: Sequence[LogEntry]) -> bytes:
        return b"".join(
            [
                b"event: log\nid: %b\ndata: %b\n\n" % (entry.id.encode(), line)
                for line, entry in zip(lines, entries, strict=True)
            ]
        )

    def gap(self, dropped: int, after: str | None, before: str) -> bytes:
        return event("gap", {"dropped": dropped, "after": after, "before": before})

    def close(self, code: int | None, reason: str = "") -> bytes:
        """The stream just ends, with the reason as a comment."""
        return b": %b\n\n" % reason.encode() if reason else b""


SSE_FORMAT: Final = SseFormat()
"""The one that all event streams share."""
