"""What a log entry is: its fields, their limits, its levels, and the batch that carries entries through the server.

A batch is encoded once. Its canonical JSON lines are what the journal stores, what viewers receive and what the
201 response contains, so everything downstream joins these bytes and nothing encodes an entry again.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Final

import msgspec

LEVELS: Final = ("debug", "info", "notice", "warning", "error", "critical")
"""The six levels, least severe first."""

LEVEL_ALIASES: Final[dict[str, str]] = {
    **{level: level for level in LEVELS},
    "trace": "debug",
    "verbose": "debug",
    "information": "info",
    "warn": "warning",
    "err": "error",
    **dict.fromkeys(("crit", "fatal", "alert", "emerg", "emergency", "panic"), "critical"),
    # syslog severities, RFC 5424 section 6.2.1
    **dict.fromkeys(("0", "1", "2"), "critical"),
    "3": "error",
    "4": "warning",
    "5": "notice",
    "6": "info",
    "7": "debug",
}
"""Every accepted name of a level, in lower case."""

MAX_ID: Final = 26
MAX_TRACE_ID: Final = 36
MAX_BATCH_ID: Final = 36
MAX_APP: Final = 100
MAX_USER_AGENT: Final = 255
MAX_CATEGORY: Final = 100
MAX_CONTEXT_DEPTH: Final = 30

NULL: Final = msgspec.Raw(b"null")

LARGE: Final = 1000
"""Entries of a batch whose lines are not worth keeping twice."""


class LogEntry(msgspec.Struct, gc=False):
    """One stored entry. The order of the fields is the order of the keys on disk and on the wire."""

    id: str
    trace_id: str
    batch_id: str | None
    app_key: str
    app_id: str
    user_agent: str | None
    level: str
    category: str
    message: str
    context: msgspec.Raw
    timestamp: str
    created_at: str


class CutEntry(LogEntry, gc=False):
    """An entry with part of its message, as lists and streams answer it to who asks for `message_max`; never stored."""

    message_cut: bool


def cut(entry: LogEntry, message_max: int | None) -> LogEntry:
    """The entry with at most so many characters of its message; None: all of them."""
    if message_max is None or len(entry.message) <= message_max:
        return entry
    fields = msgspec.structs.asdict(entry)
    return CutEntry(**{**fields, "message": entry.message[:message_max], "message_cut": True})


# Where things stand in the canonical line of an entry, which begins with the id and ends with the two times:
#     {"id":"01J…","trace_id":…,"context":{…},"timestamp":"…","created_at":"…"}
# Who takes a line apart without decoding it does so by these, here and nowhere else.

LINE_START: Final = b'{"id":"'

LINE_ID: Final = slice(len(LINE_START), len(LINE_START) + MAX_ID)
"""The id."""

LINE_HEAD: Final = LINE_ID.stop + 1
"""Length of the first bytes, up to and with the quote behind the id."""

BEFORE_CONTEXT: Final = ',"context":'
"""What stands before the context, at its first occurrence: in a text its quotes would be escaped."""

BEHIND_CONTEXT: Final = len(',"timestamp":"' + '","created_at":"' + '"}')
"""Bytes behind the context, without the two times themselves."""

encode_entry = msgspec.json.Encoder().encode
encode_lines = msgspec.json.Encoder().encode_lines
decode_entry = msgspec.json.Decoder(LogEntry).decode


class Batch:
    """Entries in the order accepted, with their canonical JSON lines (each terminated by LF)."""

    __slots__ = ("_split", "entries", "lines")

    def __init__(self, entries: list[LogEntry]) -> None:
        self.entries = entries
        self.lines: bytes = encode_lines(entries)
        self._split: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def last_id(self) -> str:
        """The id of its last entry."""
        return self.entries[-1].id

    @property
    def position(self) -> str:
        """Where its last entry stands in the order of acceptance."""
        return self.position_at(len(self) - 1)

    def position_at(self, index: int) -> str:
        """Where an entry stands in the order of acceptance, as a text that sorts so: the id, where ids do."""
        return self.entries[index].id

    def each_line(self) -> Iterable[bytes]:
        """The lines as `split_lines` gives them, but one at a time, unless they are split already."""
        if self._split is not None:
            return self._split
        return map(bytes.rstrip, BytesIO(self.lines))

    def split_lines(self) -> list[bytes]:
        """The JSON of each entry, without the LF; split once. Canonical JSON contains no raw LF, so this is exact."""
        if self._split is None:
            self._split = self.lines.split(b"\n")
            self._split.pop()
        return self._split
