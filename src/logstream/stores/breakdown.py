"""What statistics say beyond counts, as every store makes it of numbers: the split by a field, and a metric."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import floor
from typing import Final, NamedTuple

import msgspec

from logstream.query import results
from logstream.query.results import Measured, Series, Split, Stats, ValueSeries
from logstream.query.statistics import Metric
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


class Measurement(NamedTuple):
    """Of the numbers of a series (None: of all) in a bucket (None: at any time): how many, and the metric."""

    series: int | None
    bucket: int | None
    numbers: int
    value: float | None


def with_metric(
    stats: Stats, metric: Metric, rows: Iterable[Measurement], buckets: Buckets, *, skipped: int, unread: int
) -> Stats:
    """The statistics with the metric, also in each series of their split."""
    length = len(buckets.starts) if stats.total else 0
    totals: dict[int | None, Measurement] = {}
    over_time: dict[int | None, list[float | None]] = {}
    for row in rows:
        if row.bucket is None:
            totals[row.series] = row
        elif 0 <= row.bucket < length:  # or came after the range was found
            over_time.setdefault(row.series, [None] * length)[row.bucket] = row.value

    def of(series: int | None) -> Measured:
        total = totals.get(series, Measurement(series, None, 0, None))
        return Measured(total.numbers, total.value, over_time.get(series, [None] * length))

    whole = of(None)
    answer = results.Metric(metric.function, metric.field, whole.count, skipped, unread, whole.value, whole.histogram)
    split = stats.split
    if isinstance(split, Split):
        replace = msgspec.structs.replace
        values = [replace(one, metric=of(number)) for number, one in enumerate(split.values)]
        split = replace(
            split,
            values=values,
            rest=replace(split.rest, metric=of(REST)),
            absent=replace(split.absent, metric=of(ABSENT)),
        )
    return msgspec.structs.replace(stats, split=split, metric=answer)


def metric_of(metric: Metric, numbers: Sequence[float]) -> float | None:
    """The metric of numbers; None without any."""
    if not numbers:
        return None
    if metric.quantile is not None:
        ordered = sorted(numbers)
        place = metric.quantile * (len(ordered) - 1)
        below = floor(place)
        lower, upper = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
        return lower + (upper - lower) * (place - below)
    match metric.function:
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "sum":
            return sum(numbers)
    return sum(numbers) / len(numbers)
