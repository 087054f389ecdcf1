"""How the patterns of messages are asked for, and shown to a person: numbers in columns, the pattern beside them."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

import httpx
import msgspec

from logstream.client.http import Refused, refusal
from logstream.client.reading.terminal_text import visible
from logstream.entries.entry import LEVELS

LEVELS_SHOWN: Final = 3
"""Levels that a line names, the most severe first."""

_HEAD: Final = f"{'COUNT':>11} {'SHARE':>6} {'NEW':3} {'LEVELS':15} PATTERN\n"
_BEFORE: Final = len(_HEAD) - len("PATTERN\n")
NARROWEST: Final = 20
"""Columns that a pattern has at least."""


class Shown(msgspec.Struct):
    """What is shown of a pattern."""

    pattern: str
    count: int
    share: float
    new: bool
    levels: dict[str, int]


class Answer(msgspec.Struct):
    """The answer of GET /api/patterns, with each pattern as the server sent it."""

    patterns: list[msgspec.Raw]
    total: int
    sampled: bool


decode_shown: Final = msgspec.json.Decoder(Shown).decode


def ask(client: httpx.Client, url: str, filters: Mapping[str, str], limit: int) -> Answer:
    """The patterns of what matches. Raises Refused, and httpx.TransportError where there is no answer."""
    answer = client.get(f"{url}/api/patterns", params={**filters, "limit": str(limit)})
    if answer.status_code != 200:
        raise refusal(answer)
    try:
        return msgspec.json.decode(answer.content, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Refused("the answer is not a list of patterns; is this a logstream server?") from None


def table(patterns: Sequence[msgspec.Raw], *, width: int | None, sampled: bool) -> bytes:
    """Lines of text of at most `width` columns; None: each pattern on one line. Raises msgspec.MsgspecError."""
    lines = [_lines(decode_shown(pattern), width, sampled) for pattern in patterns]
    return "".join([_HEAD, *lines]).encode() if lines else b""


def _lines(shown: Shown, width: int | None, sampled: bool) -> str:
    count = f"{'~' if sampled else ''}{shown.count:,}"
    share = f"{shown.share:.1%}" if shown.share >= 0.0005 else "<0.1%"
    before = f"{count:>11} {share:>6} {'new' if shown.new else '':3} {_levels(shown.levels):15} "
    text = visible(shown.pattern)
    if width is None:
        return f"{before}{text}\n"
    parts = textwrap.wrap(text, max(NARROWEST, width - _BEFORE)) or [""]
    return before + f"\n{' ' * _BEFORE}".join(parts) + "\n"


def _levels(levels: Mapping[str, int]) -> str:
    """The most severe levels, by the first letter: `C12 E3.4k W10k`."""
    present = [level for level in reversed(LEVELS) if levels.get(level)]
    return " ".join(f"{level[0].upper()}{_short(levels[level])}" for level in present[:LEVELS_SHOWN])


def _short(number: float) -> str:
    """A number in at most four characters."""
    for unit in ("", "k", "M"):
        if number < 999.5:
            return f"{number:.1f}{unit}" if unit and number < 9.95 else f"{number:.0f}{unit}"
        number /= 1000
    return f"{number:.0f}G"
