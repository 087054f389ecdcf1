"""Statistics split by a field, as both stores make them of counts: the most frequent values, the rest, and none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from logstream.query.results import Series, Split, ValueSeries
from logstream.stores.buckets import Buckets

REST: Final = -1
ABSENT: Final = -2
UNREAD: Final = -3
"""What is counted beside the most frequent values, which are numbered from 0."""


def split_of(field: str, values: Sequence[str], counts: Iterable[tuple[int, int, int]], buckets: Buckets) -> Split:
    """The split of counts by number of the value and of the bucket."""
    totals: Counter[int] = Counter()
    over_time: dict[int, list[int]] = {}
    for series, bucket, entries in counts:
        totals[series] += entries
        histogram = over_time.setdefault(series, [0] * len(buckets.starts))
        if 0 <= bucket < len(histogram):  # or came after the range was found
            histogram[bucket] += entries
    none = [0] * len(buckets.starts) if totals else []

    def of(series: int) -> Series:
        return Series(totals[series], over_time.get(series, none))

    listed = [ValueSeries(value, of(number).count, of(number).histogram) for number, value in enumerate(values)]
    return Split(field, listed, of(REST), of(ABSENT), totals[UNREAD])
