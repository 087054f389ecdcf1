"""What can be asked of statistics: of which entries, over how many buckets, and split by which field."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final

import msgspec

from logstream.query.conditions import VALUED, Condition
from logstream.query.fields import CONTEXT, context_path

DEFAULT_BUCKETS: Final = 60
DEFAULT_SERIES: Final = 8


class StatsQuery(msgspec.Struct, frozen=True):
    """Statistics over time in at most `buckets` buckets, plus one, whose days and hours are those of the zone.

    With `split`, also of its `series` most frequent values.
    """

    where: Sequence[Condition] = ()
    buckets: int = DEFAULT_BUCKETS
    zone: tzinfo = UTC
    split: str | None = None
    series: int = DEFAULT_SERIES


def checked_field(text: str) -> str:
    """The name of a field of VALUED, or `context.` and a path. Raises ValueError for any other."""
    if text.startswith(CONTEXT):
        context_path(text.removeprefix(CONTEXT))
    elif text not in VALUED:
        raise ValueError(f"{text[:100]!r} is not one of {', '.join(VALUED)}, {CONTEXT}<path>")
    return text
