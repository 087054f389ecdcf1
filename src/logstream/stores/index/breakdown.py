"""Entries by the value of a field, and metrics of numbers in their contexts, in DuckDB's SQL.

What large entries have in their contexts is read in the journal.
"""

from collections.abc import Callable
from itertools import chain
from typing import Final

import duckdb
import msgspec

from logstream.entries.entry import LogEntry
from logstream.query.conditions import VALUED
from logstream.query.context_values import ContextPlace, measured, spelled
from logstream.query.fields import CONTEXT, context_path
from logstream.query.grouping import value_reader
from logstream.query.results import Split, Stats
from logstream.query.statistics import Metric, StatsQuery
from logstream.stores.breakdown import ABSENT, REST, UNREAD, Measurement, split_of, with_metric
from logstream.stores.buckets import Buckets
from logstream.stores.index import context_sql, sql
from logstream.stores.index.doubled_keys import DoubledKeys
from logstream.stores.index.large_texts import LargeTexts

_JOIN: Final = """LEFT JOIN (VALUES {}) AS large(read_file, read_start, read_value, read_present, read_number)
    ON file = read_file AND line_start = read_start"""
_READ: Final = "read_value, read_present, read_number, line_start IS NOT NULL AND read_file IS NULL AS unread"
_NONE_READ: Final = "NULL AS read_value, NULL AS read_present, NULL AS read_number, line_start IS NOT NULL AS unread"

Read = tuple[str | None, bool, float | None]
"""Of a large entry: the value of the field, whether there is something to measure, and the number that it is."""


class Breakdown:
    """A query whose conditions are `decided`, in buckets that `bucket` numbers in SQL. Making it may raise Moved."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        query: StatsQuery,
        buckets: Buckets,
        bucket: str,
        texts: LargeTexts,
        go_on: Callable[[], None],
    ) -> None:
        self._cursor = cursor
        self._query = query
        self._buckets = buckets
        self._by_path = query.split is not None and query.split not in VALUED
        read: list[tuple[int, int, Read]] = []
        if self._by_path or query.metric is not None:
            read, _ = texts.taken(cursor, query.where, _reader(query), go_on)
        self._rows, self._parameters = self._rows_of(bucket, read, texts.doubled_keys)
        self._values: list[str] = []

    def added_to(self, stats: Stats) -> Stats:
        """The statistics with what the query asks for beyond them."""
        query = self._query
        if query.split is not None:
            stats = msgspec.structs.replace(stats, split=self._split(query.split))
        return stats if query.metric is None else self._measured(stats, query.metric)

    def _split(self, field: str) -> Split:
        ordered = "GROUP BY value ORDER BY count(*) DESC, value LIMIT ?"
        top = f"SELECT value FROM ({self._rows}) WHERE value IS NOT NULL {ordered}"
        found = self._cursor.execute(top, [*self._parameters, self._query.series]).fetchall()
        self._values = [row[0] for row in found]
        counted = f"SELECT {self._series()} AS series, bucket, count(*) FROM ({self._rows}) GROUP BY series, bucket"
        counts = self._cursor.execute(counted, [self._values, *self._parameters]).fetchall()
        return split_of(field, [spelled(value) for value in self._values], counts, self._buckets)

    def _measured(self, stats: Stats, metric: Metric) -> Stats:
        quantile = metric.quantile
        function = f"{metric.function}(number)" if quantile is None else f"quantile_cont(number, {quantile})"
        rows = self._cursor.execute(
            f"""
            SELECT series, bucket, count(number), {function},
                count(*) FILTER (is_present AND number IS NULL), count(*) FILTER (unread)
            FROM (SELECT {self._series()} AS series, * FROM ({self._rows}))
            GROUP BY GROUPING SETS ((series, bucket), (series), (bucket), ())
            """,
            [self._values, *self._parameters],
        ).fetchall()
        skipped, unread = next((row[4:] for row in rows if row[0] is None and row[1] is None), (0, 0))
        measurements = [Measurement(*row[:4]) for row in rows]
        return with_metric(stats, metric, measurements, self._buckets, skipped=skipped, unread=unread)

    def _series(self) -> str:
        """The number of a row's series; its parameter is the list of values."""
        unread = f"WHEN unread THEN {UNREAD}" if self._by_path else ""
        place = f"coalesce(list_position(?::VARCHAR[], value) - 1, {REST})"
        return f"CASE {unread} WHEN value IS NULL THEN {ABSENT} ELSE {place} END"

    def _rows_of(
        self, bucket: str, read: list[tuple[int, int, Read]], doubled_keys: DoubledKeys
    ) -> tuple[str, sql.Parameters]:
        """A query for what is needed of each entry: bucket, value, number; and whether it is large and not read."""
        field, metric = self._query.split, self._query.metric
        parameters: sql.Parameters = []
        value, text = "NULL::VARCHAR" if field is None else f"{field}::VARCHAR", "NULL::VARCHAR"
        if field is not None and self._by_path:
            path = context_path(field.removeprefix(CONTEXT))
            value = context_sql.scalar(path, doubled_keys.none_until(path), parameters)
        if metric is not None:
            text = context_sql.text(metric.path, doubled_keys.none_until(metric.path), parameters)
        join = _JOIN.format(", ".join(["(?, ?, ?, ?, ?)"] * len(read))) if read else ""
        clause, conditions = sql.where(self._query.where)
        rows = f"""
            SELECT bucket, coalesce(read_value::VARCHAR, value) AS value, unread,
                coalesce(read_present, text IS NOT NULL) AS is_present,
                coalesce(read_number::DOUBLE, {context_sql.number("text")}) AS number
            FROM (
                SELECT {bucket} AS bucket, {value} AS value, {text} AS text, {_READ if read else _NONE_READ}
                FROM entries {join} {clause}
            )"""
        flat = chain.from_iterable((file, start, *taken) for file, start, taken in read)
        return rows, [*parameters, *flat, *conditions]


def _reader(query: StatsQuery) -> Callable[[LogEntry], Read]:
    value = (lambda entry: None) if query.split is None else value_reader(query.split)
    if query.metric is None:
        return lambda entry: (value(entry), False, None)
    place = ContextPlace(query.metric.path)
    return lambda entry: (value(entry), *measured(place.in_context(entry.context)))
