"""Entries by the value of a field, and metrics of numbers in their contexts, in ClickHouse's SQL.

Only where none of the entries that match has a context of which SQL can't tell what a path leads to; see `context_sql`.
"""

from collections.abc import Sequence

import msgspec

from logstream.query.comparison import EXACT_UP_TO
from logstream.query.conditions import VALUED
from logstream.query.context_values import MAX_VALUE, spelled
from logstream.query.fields import CONTEXT, context_path
from logstream.query.results import Stats
from logstream.query.statistics import Metric, StatsQuery
from logstream.stores.breakdown import ABSENT, REST, Measurement, split_of, with_metric
from logstream.stores.buckets import Buckets
from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.context_sql import Place
from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.schema import ENTRIES


class _Value(msgspec.Struct, array_like=True):
    value: str


class _Count(msgspec.Struct, array_like=True):
    series: int
    bucket: int
    entries: int


class _Measured(msgspec.Struct, array_like=True):
    series: int | None
    bucket: int | None
    numbers: int
    value: float | None
    skipped: int


class Breakdown:
    """A query over entries that a clause lets through, in buckets that `bucket` numbers in SQL."""

    def __init__(self, database: Database, query: StatsQuery, clause: str) -> None:
        self._database = database
        self._query = query
        self._clause = clause
        split, metric = query.split, query.metric
        self._split = Place(context_path(split.removeprefix(CONTEXT))) if split and split not in VALUED else None
        self._metric = None if metric is None else Place(metric.path)

    async def can_tell(self) -> bool:
        """Whether SQL can tell of all entries what the paths lead to."""
        places = [place for place in (self._split, self._metric) if place is not None]
        if not all(place.is_plain for place in places):
            return False
        is_open = " OR ".join(["is_odd", *(f"({place.has_key} AND {place.is_open})" for place in places)])
        statement = f"SELECT '' FROM {ENTRIES} WHERE {self._clause} AND ({is_open}) LIMIT 1"
        return not places or not await self._database.rows(statement, _Value)

    async def added_to(self, stats: Stats, buckets: Buckets, bucket: str) -> Stats:
        """The statistics with what the query asks for beyond them."""
        query, rows = self._query, self._rows(bucket)
        values: list[str] = []
        if query.split is not None:
            top = (
                f"SELECT value FROM ({rows}) WHERE value IS NOT NULL "
                f"GROUP BY value ORDER BY count() DESC, value LIMIT {query.series}"
            )
            values = [row.value for row in await self._database.rows(top, _Value)]
            counted = f"SELECT {_series(values)} AS series, bucket, count() FROM ({rows}) GROUP BY series, bucket"
            counts = [(row.series, row.bucket, row.entries) for row in await self._database.rows(counted, _Count)]
            split = split_of(query.split, [spelled(value) for value in values], counts, buckets)
            stats = msgspec.structs.replace(stats, split=split)
        if query.metric is None:
            return stats
        return await self._measured(stats, query.metric, buckets, values, rows)

    async def _measured(
        self, stats: Stats, metric: Metric, buckets: Buckets, values: Sequence[str], rows: str
    ) -> Stats:
        quantile = metric.quantile
        function = metric.function if quantile is None else f"quantileExactInclusive({quantile})"
        measured = await self._database.rows(
            f"SELECT series, bucket, count(number), {function}(number), countIf(is_present AND number IS NULL) "
            f"FROM (SELECT {_series(values)} AS series, * FROM ({rows})) "
            "GROUP BY GROUPING SETS ((series, bucket), (series), (bucket), ()) SETTINGS group_by_use_nulls = 1",
            _Measured,
        )
        skipped = next((row.skipped for row in measured if row.series is None and row.bucket is None), 0)
        rows_of = [
            Measurement(row.series, row.bucket, row.numbers, row.value if row.numbers else None) for row in measured
        ]
        return with_metric(stats, metric, rows_of, buckets, skipped=skipped, unread=0)

    def _rows(self, bucket: str) -> str:
        """A query for what is needed of each entry: bucket, value, whether there is something to measure, and it."""
        columns = [f"{bucket} AS bucket"]
        value, is_present, number = "NULL", "0", "NULL"
        if self._split is not None:
            columns += [f"{self._split.kind} AS split_kind", f"{self._split.text} AS split_text"]
            value = _spelled(self._split.is_number("split_kind", "split_text"))
        elif self._query.split is not None:
            columns.append(f"{self._query.split} AS split_field")
            value = "CAST(split_field AS Nullable(String))"
        if self._metric is not None:
            columns += [f"{self._metric.kind} AS metric_kind", f"{self._metric.text} AS metric_text"]
            is_present = "metric_kind != 'Null'"
            is_number = self._metric.is_number("metric_kind", "metric_text")
            double = _double("metric_text")
            number = f"if({is_number} AND isFinite({double}), {double}, NULL)"
        inner = f"SELECT {', '.join(columns)} FROM {ENTRIES} WHERE {self._clause}"
        return f"SELECT bucket, {value} AS value, {is_present} AS is_present, {number} AS number FROM ({inner})"


def _double(text: str) -> str:
    return f"toFloat64OrZero({text})"


def _series(values: Sequence[str]) -> str:
    numbered = [f"value = {quoting.text(value)}, {number}" for number, value in enumerate(values)]
    return f"toInt32(multiIf({', '.join([f'value IS NULL, {ABSENT}', *numbered, str(REST)])}))"


def _spelled(is_number: str) -> str:
    """`context_values.spelled`, but for how doubles are written."""
    text, double = "split_text", _double("split_text")
    whole = f"{double} = trunc({double}) AND abs({double}) < {EXACT_UP_TO}"
    return (
        "multiIf(split_kind IN ('Null', 'Object', 'Array'), NULL, "
        f"NOT {is_number} OR NOT isFinite({double}), leftUTF8({text}, {MAX_VALUE}), "
        f"{whole}, toString(toInt64({double})), "
        f"match({text}, '^-?[0-9]+$'), replaceRegexpOne({text}, '^(-?)0+', '\\\\1'), toString({double}))"
    )
