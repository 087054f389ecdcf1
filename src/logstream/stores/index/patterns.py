"""The patterns of what matches, in DuckDB's SQL: masked, counted and looked for in the past without leaving the index.

Measured on a million entries: 1.0 s of processor time, which DuckDB spreads over the cores; 1.2 s with what is new.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from itertools import chain
from typing import Final, NamedTuple

import duckdb
import re2

from logstream.entries.entry import LogEntry
from logstream.query.conditions import Condition, LogQuery
from logstream.query.patterns import longest_literal, pattern_of
from logstream.query.results import Patterns
from logstream.stores import patterns
from logstream.stores.index import sql
from logstream.stores.index.large_texts import LargeTexts
from logstream.stores.index.pattern_sql import COLOURED, PATTERN
from logstream.stores.index.sql import LargeEntry
from logstream.stores.index.statistics import INTERVALS
from logstream.stores.patterns import Group, Level, Sample

MOST: Final = 100_000
MOST_OF_LEVEL: Final = 20_000
"""See `Sample`; half a second on two cores. Of the past, half as many."""

MOST_LITERALS: Final = 50
"""Texts that are looked for at one time: what RE2 does without slowing down."""

_HASHES: Final = 2**64


class _Masked(NamedTuple):
    """A query for the patterns of entries, its parameters, and whether none was left out that could not be read."""

    statement: str
    parameters: sql.Parameters
    is_whole: bool


class PatternSearch:
    """One asking for patterns, of an index that doesn't change meanwhile where there are large entries."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, texts: LargeTexts, go_on: Callable[[], None]) -> None:
        self._cursor = cursor
        self._texts = texts
        self._go_on = go_on

    def find(self, query: LogQuery, zone: tzinfo) -> Patterns:
        """The patterns of what matches, at most the query's limit. Raises Moved."""
        where = self._texts.decided(self._cursor, query.where, self._go_on)
        levels = self._levels(where)
        sample = Sample(levels, MOST, MOST_OF_LEVEL)
        buckets = patterns.timeline(query.where, levels, zone)
        masked = self._masked(where, sample, f"level, timestamp, id, {buckets.sql('timestamp', INTERVALS)} AS bucket")
        groups = self._groups(masked, sample, query.limit)
        new = self._new({group.pattern for group in groups}, query.where)
        examples = self._examples([group.newest_id for group in groups], patterns.example_query(query))
        return patterns.made_of(groups, examples, new, sample, buckets, sample.total, is_whole=masked.is_whole)

    def _levels(self, where: Sequence[Condition]) -> list[Level]:
        clause, parameters = sql.where(where)
        statement = f"SELECT level::VARCHAR, count(*), min(timestamp), max(timestamp) FROM entries {clause} GROUP BY 1"
        return [Level(*row) for row in self._cursor.execute(statement, parameters).fetchall()]

    def _masked(self, where: Sequence[Condition], sample: Sample, columns: str) -> _Masked:
        """Pattern and `columns` of what is looked at."""
        clause, parameters = sql.where(where)
        clause = f"{clause or 'WHERE true'} AND {_is_in(sample)}"
        read, is_whole = self._texts.taken(self._cursor, where, _pattern_of, self._go_on)
        if not read:
            return _Masked(f"SELECT {PATTERN} AS pattern, {columns} FROM entries {clause}", parameters, is_whole)
        statement = (
            f"SELECT coalesce(read_pattern, {PATTERN}) AS pattern, {columns} FROM entries "
            f"LEFT JOIN (VALUES {', '.join(['(?, ?, ?)'] * len(read))}) AS large(read_file, read_start, read_pattern) "
            f"ON file = read_file AND line_start = read_start {clause} "
            "AND (line_start IS NULL OR read_pattern IS NOT NULL)"
        )
        return _Masked(statement, [*chain.from_iterable(read), *parameters], is_whole)

    def _groups(self, masked: _Masked, sample: Sample, limit: int) -> list[Group]:
        rows = self._cursor.execute(
            f"""
            SELECT pattern, list((level::VARCHAR, bucket, entries)), min(oldest), max(newest), arg_max(id, newest)
            FROM (
                SELECT pattern, level, bucket, count(*) AS entries, min(timestamp) AS oldest, max(timestamp) AS newest,
                    arg_max(id, timestamp) AS id
                FROM ({masked.statement}) GROUP BY pattern, level, bucket
            )
            GROUP BY pattern ORDER BY sum(entries * {_weight(sample)}) DESC, pattern LIMIT ?
            """,
            [*masked.parameters, limit],
        ).fetchall()
        return [Group(*row) for row in rows]

    def _new(self, names: set[str], where: Sequence[Condition]) -> frozenset[str]:
        """Those of the patterns that nothing had before the time from which on the conditions ask.

        Nearly all are found in a sample; what is rare, or new indeed, is looked for by a text of its own.
        """
        earlier = patterns.earlier(where)
        if earlier is None:
            return frozenset()
        decided = self._texts.decided(self._cursor, earlier, self._go_on)
        sample = Sample(self._levels(decided), MOST // 2, MOST_OF_LEVEL // 2)
        masked = self._masked(decided, sample, "level")
        left = names - self._among(names, masked.statement, masked.parameters)
        if not sample.is_whole:
            ordered = sorted(left)
            for start in range(0, len(ordered), MOST_LITERALS):
                left -= self._with_a_literal(ordered[start : start + MOST_LITERALS], decided)
        return frozenset(left)

    def _with_a_literal(self, names: Sequence[str], where: Sequence[Condition]) -> set[str]:
        clause, parameters = sql.where(where)
        literals = "|".join(re2.escape(longest_literal(name)) for name in names)
        likely = f"line_start IS NULL AND ({COLOURED} OR regexp_matches(message, ?))"
        statement = f"SELECT {PATTERN} AS pattern FROM entries {clause or 'WHERE true'} AND {likely}"
        return self._among(names, statement, [*parameters, literals])

    def _among(self, names: Iterable[str], statement: str, parameters: sql.Parameters) -> set[str]:
        """Those of the patterns that a query finds."""
        found = f"SELECT DISTINCT pattern FROM ({statement}) WHERE pattern IN (SELECT unnest(?))"
        return {row[0] for row in self._cursor.execute(found, [*parameters, sorted(names)]).fetchall()}

    def _examples(self, ids: Sequence[str], query: LogQuery) -> dict[str, LogEntry]:
        rows = self._cursor.execute(*sql.by_ids(ids, query)).fetchall()
        examples: dict[str, LogEntry] = {}
        for entry in sql.decode_rows(rows, query):
            self._go_on()
            whole = self._texts.whole(self._cursor, entry) if isinstance(entry, LargeEntry) else entry
            if whole is not None:
                examples[entry.id] = patterns.bounded(whole, query)
        return examples


def _pattern_of(entry: LogEntry) -> str:
    return pattern_of(entry.message)


def _is_in(sample: Sample) -> str:
    """The condition that what is looked at fulfils; the same entries each time."""
    cases = (
        f"WHEN '{level}' THEN hash(entries.rowid) < {int(share * _HASHES)}::UBIGINT"
        for level, share in sample.shares.items()
        if share < 1
    )
    return "true" if sample.is_whole else f"CASE level {' '.join(cases)} ELSE true END"


def _weight(sample: Sample) -> str:
    """How many entries one that was looked at stands for."""
    cases = (f"WHEN '{level}' THEN {1 / share}" for level, share in sample.shares.items() if share < 1)
    return "1" if sample.is_whole else f"CASE level {' '.join(cases)} ELSE 1 END"
