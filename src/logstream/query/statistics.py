"""What can be asked of statistics: of which entries, over how many buckets, and split by which field."""

import re
from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Final

import msgspec

from logstream.query.conditions import VALUED, Condition
from logstream.query.fields import CONTEXT, context_path

DEFAULT_BUCKETS: Final = 60
DEFAULT_SERIES: Final = 8


FUNCTIONS: Final = ("avg", "min", "max", "sum", "p50", "p95", "p99")

_METRIC: Final = re.compile(r"([a-z0-9]+)\((.+)\)", re.DOTALL)


class Metric(msgspec.Struct, frozen=True):
    """One of FUNCTIONS of the numbers to which a path leads; a percentile lies between two of them proportionally."""

    function: str
    field: str

    @property
    def path(self) -> tuple[str, ...]:
        return context_path(self.field.removeprefix(CONTEXT))

    @property
    def quantile(self) -> float | None:
        """Of a percentile, from 0 to 1."""
        return int(self.function[1:]) / 100 if self.function[0] == "p" else None


class StatsQuery(msgspec.Struct, frozen=True):
    """Statistics over time in at most `buckets` buckets, plus one, whose days and hours are those of the zone.

    With `split`, also of its `series` most frequent values; with `metric`, that of all of these as well.
    """

    where: Sequence[Condition] = ()
    buckets: int = DEFAULT_BUCKETS
    zone: tzinfo = UTC
    split: str | None = None
    series: int = DEFAULT_SERIES
    metric: Metric | None = None


def checked_field(text: str) -> str:
    """The name of a field of VALUED, or `context.` and a path. Raises ValueError for any other."""
    if text.startswith(CONTEXT):
        context_path(text.removeprefix(CONTEXT))
    elif text not in VALUED:
        raise ValueError(f"{text[:100]!r} is not one of {', '.join(VALUED)}, {CONTEXT}<path>")
    return text


def checked_metric(text: str) -> Metric:
    """What a text such as `p95(context.duration)` asks for. Raises ValueError."""
    parts = _METRIC.fullmatch(text.strip())
    if parts is None or parts[1] not in FUNCTIONS or not parts[2].startswith(CONTEXT):
        raise ValueError(f"{text[:100]!r} is not {'|'.join(FUNCTIONS)}({CONTEXT}<path>), such as avg(context.duration)")
    context_path(parts[2].removeprefix(CONTEXT))
    return Metric(parts[1], parts[2])
