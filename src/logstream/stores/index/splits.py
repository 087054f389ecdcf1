"""Entries by the value of a field, in DuckDB's SQL; what large ones have in their contexts is read in the journal."""

from collections.abc import Callable
from itertools import chain
from typing import Final

import duckdb

from logstream.query.conditions import VALUED
from logstream.query.context_values import spelled
from logstream.query.fields import CONTEXT, context_path
from logstream.query.grouping import value_reader
from logstream.query.results import Split
from logstream.query.statistics import StatsQuery
from logstream.stores.buckets import Buckets
from logstream.stores.index import sql
from logstream.stores.index.context_sql import scalar
from logstream.stores.index.large_texts import LargeTexts
from logstream.stores.splits import ABSENT, REST, UNREAD, split_of

_SERIES: Final = f"""CASE WHEN unread THEN {UNREAD} WHEN value IS NULL THEN {ABSENT}
    ELSE coalesce(list_position(?::VARCHAR[], value) - 1, {REST}) END"""


class Splitting:
    """One asking for entries by the value of a field."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, texts: LargeTexts, go_on: Callable[[], None]) -> None:
        self._cursor = cursor
        self._texts = texts
        self._go_on = go_on

    def find(self, query: StatsQuery, field: str, buckets: Buckets, bucket: str) -> Split:
        """The split of a query whose conditions are `decided`; `bucket` numbers a row's bucket in SQL. Raises Moved."""
        rows, parameters = self._rows(query, field, bucket)
        top = f"SELECT value FROM ({rows}) WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT ?"
        values = [row[0] for row in self._cursor.execute(top, [*parameters, query.series]).fetchall()]
        counted = f"SELECT {_SERIES} AS series, bucket, count(*) FROM ({rows}) GROUP BY series, bucket"
        counts = self._cursor.execute(counted, [values, *parameters]).fetchall()
        return split_of(field, [spelled(value) for value in values], counts, buckets)

    def _rows(self, query: StatsQuery, field: str, bucket: str) -> tuple[str, sql.Parameters]:
        """A query for the bucket and value of each entry, and whether that is a large one that is not read."""
        clause, conditions = sql.where(query.where)
        if field in VALUED:
            return (
                f"SELECT {bucket} AS bucket, {field}::VARCHAR AS value, false AS unread FROM entries {clause}",
                conditions,
            )
        parameters: sql.Parameters = []
        text = scalar(context_path(field.removeprefix(CONTEXT)), parameters)
        read, _ = self._texts.taken(self._cursor, query.where, value_reader(field), self._go_on)
        if not read:
            rows = f"SELECT {bucket} AS bucket, {text} AS value, line_start IS NOT NULL AS unread FROM entries {clause}"
            return rows, [*parameters, *conditions]
        rows = (
            f"SELECT {bucket} AS bucket, if(line_start IS NULL, {text}, read_value) AS value, "
            "line_start IS NOT NULL AND read_file IS NULL AS unread FROM entries "
            f"LEFT JOIN (VALUES {', '.join(['(?, ?, ?)'] * len(read))}) AS large(read_file, read_start, read_value) "
            f"ON file = read_file AND line_start = read_start {clause}"
        )
        return rows, [*parameters, *chain.from_iterable(read), *conditions]
