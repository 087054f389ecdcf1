"""How an entry is shown to a person: one line of aligned columns, with colours where wanted.

Plain string formatting and a Struct of what is shown only: 20,000 entries a second take a tenth of a core.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from logstream.client.reading.terminal_text import visible, visible_json, visible_lines
from logstream.entries.entry import LEVELS

WIDEST_APP: Final = 40
WIDEST_CATEGORY: Final = 20
"""Columns grow with what they have shown, up to here; longer texts stick out."""

INDENT: Final = "\n    "
"""What the further lines of a message begin with, so that none can pass for an entry."""

_RESET: Final = "\x1b[0m"
_DIM: Final = "\x1b[2m"
_COLOURS: Final = {
    "debug": _DIM,
    "notice": "\x1b[36m",
    "warning": "\x1b[33m",
    "error": "\x1b[31m",
    "critical": "\x1b[97;41m",
}
_NO_CONTEXT: Final = (b"null", b"{}", b"[]", b"")

EntryJson = bytes | msgspec.Raw
"""An entry as JSON."""


class Shown(msgspec.Struct, gc=False):
    """What is shown of an entry."""

    id: str = ""
    timestamp: str = ""
    level: str = ""
    app_key: str = ""
    app_id: str = ""
    category: str = ""
    message: str = ""
    context: msgspec.Raw = msgspec.Raw(b"")


decode_shown: Final = msgspec.json.Decoder(Shown).decode


class EntryTable:
    """Shows entries. With `short_times`, those of today (UTC) are given without the day."""

    def __init__(self, *, coloured: bool, short_times: bool = False) -> None:
        self._short_times = short_times
        self._dim, self._reset = (_DIM, _RESET) if coloured else ("", "")
        self._levels = {level: f"{level.upper():8}" for level in LEVELS}
        if coloured:
            for level, colour in _COLOURS.items():
                self._levels[level] = f"{colour}{level.upper()}{_RESET}" + " " * (8 - len(level))
        self._app_width = self._category_width = 0

    def show(self, entries: Sequence[EntryJson]) -> bytes:
        """Lines of text for entries given as JSON. Raises msgspec.DecodeError."""
        shown = [decode_shown(entry) for entry in entries]
        today = datetime.now(UTC).strftime("%Y-%m-%dT") if self._short_times else None
        apps = [visible(f"{entry.app_key} {entry.app_id}") for entry in shown]
        categories = [visible(entry.category) for entry in shown]
        self._app_width = _grown(self._app_width, apps, WIDEST_APP)
        self._category_width = _grown(self._category_width, categories, WIDEST_CATEGORY)
        columns = zip(shown, apps, categories, strict=True)
        return "".join([self._line(entry, app, category, today) for entry, app, category in columns]).encode()

    def _line(self, entry: Shown, app: str, category: str, today: str | None) -> str:
        time = entry.timestamp[11:23]
        if today is None or not entry.timestamp.startswith(today):
            time = f"{entry.timestamp[:10]} {time}"
        level = self._levels.get(entry.level) or f"{visible(entry.level.upper()):8}"
        message = visible_lines(entry.message).rstrip("\n").replace("\n", INDENT)
        dim, reset = self._dim, self._reset
        context = bytes(entry.context)
        after = "" if context in _NO_CONTEXT else f"  {dim}{visible_json(context).decode()}{reset}"
        return (
            f"{visible(time)} {level} {dim}{app:{self._app_width}}{reset} {category:{self._category_width}}  "
            f"{message}{after}\n"
        )


def _grown(width: int, texts: Iterable[str], widest: int) -> int:
    return max(width, min(widest, max(map(len, texts), default=0)))


def json_lines(entries: Sequence[EntryJson], *, for_terminal: bool) -> bytes:
    """One entry a line, its very bytes; `for_terminal` as harmless JSON of the same value."""
    lines = [visible_json(bytes(entry)) for entry in entries] if for_terminal else entries
    return b"".join([b"%b\n" % line for line in lines])


def messages(entries: Sequence[EntryJson], *, for_terminal: bool) -> bytes:
    """The messages alone; `for_terminal` made harmless. Raises msgspec.DecodeError."""
    texts = [decode_shown(entry).message for entry in entries]
    return "".join([f"{visible_lines(text) if for_terminal else text}\n" for text in texts]).encode()
