"""Statistics over the entries that match, in DuckDB's SQL: counts by level, over time, and of frequent values."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import duckdb

from logstream.entry import LEVELS
from logstream.query import VALUED, Bucket, Compare, Condition, Histogram, Stats, ValueCount, fold
from logstream.stores import sql
from logstream.timestamps import format_timestamp

TOP: Final = ("app_key", "category")
TOP_COUNT: Final = 10
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
INTERVALS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(_MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY),
)
"""Lengths of a bucket in seconds. Longer ones, for more than so many days, are whole weeks."""

_EPOCH: Final = datetime(1970, 1, 1)


def interval_for(seconds: float, buckets: int) -> int:
    """The shortest round interval that covers so many seconds with so many buckets."""
    for interval in INTERVALS:
        if seconds <= interval * buckets:
            return interval
    week = 7 * _DAY
    return week * -(-int(seconds) // (week * buckets))


def stats(cursor: duckdb.DuckDBPyConnection, where: Sequence[Condition], buckets: int) -> Stats:
    """One pass over what matches for all counts, after one for the range of time where the filters don't state it."""
    clause, parameters = sql.where(where)
    start, end = _range(cursor, where, clause, parameters)
    interval = interval_for((end - start).total_seconds() + 1, buckets)
    rows = cursor.execute(
        f"""
        SELECT kind, bucket, level::VARCHAR, value, entries FROM (
            SELECT grouping(app_key, category) AS kind, bucket, level, coalesce(app_key, category) AS value,
                count(*) AS entries
            FROM (SELECT epoch_us(timestamp) // ? AS bucket, level, app_key, category FROM entries {clause})
            GROUP BY GROUPING SETS ((bucket, level), (app_key), (category))
        )
        QUALIFY kind = 3 OR row_number() OVER (PARTITION BY kind ORDER BY entries DESC, value) <= {TOP_COUNT}
        ORDER BY entries DESC, value
        """,
        [interval * 1_000_000, *parameters],
    ).fetchall()
    counts: dict[int, dict[str, int]] = {}
    top: dict[str, list[ValueCount]] = {name: [] for name in TOP}
    by_level = dict.fromkeys(LEVELS, 0)
    for kind, bucket, level, value, entries in rows:
        if kind == 3:
            counts.setdefault(bucket, dict.fromkeys(LEVELS, 0))[level] = entries
            by_level[level] += entries
        else:
            top["app_key" if kind == 1 else "category"].append(ValueCount(value, entries))
    total = sum(by_level.values())
    return Stats(total, by_level, top, Histogram(interval, _buckets(counts, start, end, interval) if total else []))


def _range(
    cursor: duckdb.DuckDBPyConnection, where: Sequence[Condition], clause: str, parameters: sql.Parameters
) -> tuple[datetime, datetime]:
    """From when to when: as the filters say, else as the entries are."""
    compares = [condition for condition in where if isinstance(condition, Compare)]
    start = max((c.moment for c in compares if c.operator in (">=", ">")), default=None)
    end = min((c.moment for c in compares if c.operator in ("<=", "<")), default=None)
    if start is None or end is None:
        row = cursor.execute(f"SELECT min(timestamp), max(timestamp) FROM entries {clause}", parameters).fetchone()
        first, last = row if row and row[0] is not None else (_EPOCH, _EPOCH)
        start, end = start or first, end or last
    return start, max(start, end)


def _buckets(counts: dict[int, dict[str, int]], start: datetime, end: datetime, interval: int) -> list[Bucket]:
    first, last = (int((moment - _EPOCH).total_seconds() // interval) for moment in (start, end))
    empty = dict.fromkeys(LEVELS, 0)
    return [
        Bucket(
            format_timestamp(_EPOCH + timedelta(seconds=number * interval)),
            counts.get(number, empty),
        )
        for number in range(first, last + 1)
    ]


def values(
    cursor: duckdb.DuckDBPyConnection, field: str, where: Sequence[Condition], prefix: str, limit: int
) -> list[ValueCount]:
    """The values of a field of VALUED, null left out, the most frequent first."""
    assert field in VALUED, field
    clause, parameters = sql.where(where)
    clause = f"{clause} AND" if clause else "WHERE"
    text = f"{field}::VARCHAR"
    if prefix:
        clause += f" starts_with({sql.folded(text)}, ?) AND"
        parameters.append(fold(prefix))
    rows = cursor.execute(
        f"SELECT {text} AS value, count(*) AS entries FROM entries {clause} {field} IS NOT NULL "
        "GROUP BY value ORDER BY entries DESC, value LIMIT ?",
        [*parameters, limit],
    ).fetchall()
    return [ValueCount(value, entries) for value, entries in rows]
