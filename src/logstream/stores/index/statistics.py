"""Statistics over the entries that match, in DuckDB's SQL: counts by level, over time, and of frequent values."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import duckdb

from logstream.query.comparison import fold
from logstream.query.conditions import VALUED, Condition
from logstream.query.results import Stats, ValueCount
from logstream.query.statistics import StatsQuery
from logstream.stores.buckets import EPOCH, TOP, TOP_COUNT, Buckets, made_of, stated_range
from logstream.stores.index import sql
from logstream.stores.index.breakdown import Breakdown
from logstream.stores.index.large_texts import LargeTexts

INTERVALS: Final = "(epoch_us(timestamp) - {start}000000) // {interval}000000"
"""What `Buckets.sql` needs to know of DuckDB."""


def stats(cursor: duckdb.DuckDBPyConnection, query: StatsQuery, texts: LargeTexts, go_on: Callable[[], None]) -> Stats:
    """Statistics of a query whose conditions are `decided`. Raises Moved.

    One pass over what matches for all counts, after one for the range of time where the filters don't state it; two
    more for a split, and one for a metric.
    """
    clause, parameters = sql.where(query.where)
    start, end = _range(cursor, query.where, clause, parameters)
    buckets = Buckets(start, end, query.buckets, query.zone)
    bucket = buckets.sql("timestamp", INTERVALS)
    counted = _counted(cursor, clause, parameters, buckets, bucket)
    if query.split is None and query.metric is None:
        return counted
    return Breakdown(cursor, query, buckets, bucket, texts, go_on).added_to(counted)


def _counted(
    cursor: duckdb.DuckDBPyConnection, clause: str, parameters: sql.Parameters, buckets: Buckets, bucket: str
) -> Stats:
    rows = cursor.execute(
        f"""
        SELECT kind, bucket, level::VARCHAR, value, entries FROM (
            SELECT grouping(app_key, category) AS kind, bucket, level, coalesce(app_key, category) AS value,
                count(*) AS entries
            FROM (SELECT {bucket} AS bucket, level, app_key, category FROM entries {clause})
            GROUP BY GROUPING SETS ((bucket, level), (app_key), (category))
        )
        QUALIFY kind = 3 OR row_number() OVER (PARTITION BY kind ORDER BY entries DESC, value) <= {TOP_COUNT}
        ORDER BY entries DESC, value
        """,
        parameters,
    ).fetchall()
    counts: list[tuple[int, str, int]] = []
    top: dict[str, list[ValueCount]] = {name: [] for name in TOP}
    for kind, number, level, value, entries in rows:
        if kind == 3:
            counts.append((number, level, entries))
        else:
            top["app_key" if kind == 1 else "category"].append(ValueCount(value, entries))
    return made_of(counts, top, buckets)


def _range(
    cursor: duckdb.DuckDBPyConnection, where: Sequence[Condition], clause: str, parameters: sql.Parameters
) -> tuple[datetime, datetime]:
    """From when to when: as the filters say, else as the entries are."""
    start, end = stated_range(where)
    if start is None or end is None:
        row = cursor.execute(f"SELECT min(timestamp), max(timestamp) FROM entries {clause}", parameters).fetchone()
        first, last = row if row and row[0] is not None else (EPOCH, EPOCH)
        start, end = start or first, end or last
    return start, max(start, end)


def values(
    cursor: duckdb.DuckDBPyConnection, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> list[ValueCount]:
    """The values of a field of VALUED, null left out, the most frequent first."""
    assert field in VALUED, field
    clause, parameters = sql.where(where)
    clause = f"{clause} AND" if clause else "WHERE"
    if prefix:
        clause += f" starts_with({sql.folded(f'{field}::VARCHAR')}, ?) AND"
        parameters.append(fold(prefix))
    rows = cursor.execute(
        f"SELECT value::VARCHAR AS text, entries FROM (SELECT {field} AS value, count(*) AS entries FROM entries "
        f"{clause} {field} IS NOT NULL GROUP BY value) ORDER BY entries DESC, text LIMIT ?",  # by level: 19, not 64 ms
        [*parameters, limit],
    ).fetchall()
    return [ValueCount(value, entries) for value, entries in rows]
