"""The tables, and the statements that make them, on one node or on a cluster.

Entries are partitioned by the day of their time, so that retention drops whole days, and sorted by time, in which order
pages are read. A cluster's statements could not be run where this was written: their text alone is tested.
"""

from typing import Final

from logstream.entries.entry import LEVELS
from logstream.stores.clickhouse import quoting

ENTRIES: Final = "log_entries"
SHARED: Final = "shared_documents"
MIGRATIONS: Final = "logstream_migrations"

SEARCHED: Final = "coalesce(folded_message, lower(message))"
"""The message as it is searched; the index on words is on just this expression."""

ODD: Final = r'\\[^"]*":|[:,\[ ]-?[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]{3}|[0-9]{300}'
"""What contexts hold that SQL does not take apart: escapes in keys, and numbers too large for a double."""

OTHERWISE: Final = r"[0-9][eE][+-]?[0-9]|\\"
"""What contexts hold in which a value may be written with other characters than it is asked for with."""

_COLUMNS: Final = f"""
    id String CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    batch_id Nullable(String) CODEC(ZSTD(1)),
    app_key LowCardinality(String),
    app_id LowCardinality(String),
    user_agent LowCardinality(Nullable(String)),
    level Enum8({", ".join(f"'{level}' = {number}" for number, level in enumerate(LEVELS))}),
    category LowCardinality(String),
    message String CODEC(ZSTD(1)),
    context String CODEC(ZSTD(1)),
    timestamp DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    created_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    folded_message Nullable(String) CODEC(ZSTD(1)),
    folded_category LowCardinality(Nullable(String)),
    folded_user_agent LowCardinality(Nullable(String)),
    folded_context Nullable(String) CODEC(ZSTD(1)),
    is_odd UInt8 MATERIALIZED match(context, {quoting.text(ODD)}),
    is_written_otherwise UInt8 MATERIALIZED match(context, {quoting.text(OTHERWISE)}),
    INDEX ids id TYPE minmax GRANULARITY 1,
    INDEX equal_ids id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX traces trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX levels level TYPE set(6) GRANULARITY 1,
    INDEX words {SEARCHED} TYPE text(tokenizer = splitByNonAlpha)
"""
"""`folded_…` has the form of comparison.fold of what lower() does not fold: all but ASCII, and messages with colours.

An empty context stands for null."""

_ENTRIES_SETTINGS: Final = "fsync_after_insert = 1, fsync_part_directory = 1"
"""What the spool forgets must not be lost by a power cut."""

_DOCUMENTS: Final = """
    kind String,
    name String,
    body String CODEC(ZSTD(1)),
    revision UInt64,
    updated_at String,
    change UInt64,
    is_removed UInt8
"""
"""A row each change of a document, of which the one with the greatest `change` counts."""


class Schema:
    """The names of the tables, and how they are made; with `cluster`, on all of its nodes."""

    def __init__(self, cluster: str | None = None) -> None:
        self._cluster = cluster
        self.on_cluster = "" if cluster is None else f" ON CLUSTER '{cluster}'"
        self.stored = ENTRIES if cluster is None else f"{ENTRIES}_local"
        """The table of a node, in which rows are removed; entries are read and inserted by ENTRIES."""

    def entries(self) -> tuple[str, ...]:
        parted = "PARTITION BY toYYYYMMDD(timestamp) ORDER BY (timestamp, id)"
        if self._cluster is None:
            settings = f"{_ENTRIES_SETTINGS}, non_replicated_deduplication_window = 10000"
            return (self._table(ENTRIES, _COLUMNS, "MergeTree", f"{parted} SETTINGS {settings}"),)
        return (
            self._table(self.stored, _COLUMNS, self._replicated(""), f"{parted} SETTINGS {_ENTRIES_SETTINGS}"),
            f"CREATE TABLE IF NOT EXISTS {ENTRIES}{self.on_cluster} AS {self.stored} "
            f"ENGINE = Distributed('{self._cluster}', currentDatabase(), {self.stored}, cityHash64(id))",
        )

    def shared(self) -> tuple[str, ...]:
        engine = "ReplacingMergeTree(change)"
        if self._cluster is not None:
            engine = self._replicated("Replacing", "all", "{shard}-{replica}", ", change")
        return (self._table(SHARED, _DOCUMENTS, engine, f"ORDER BY (kind, name) SETTINGS {_ENTRIES_SETTINGS}"),)

    def migrations(self) -> str:
        columns = "number UInt32, name String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')"
        engine = "MergeTree" if self._cluster is None else self._replicated("", "all", "{shard}-{replica}")
        return self._table(MIGRATIONS, columns, engine, "ORDER BY number")

    def _replicated(self, kind: str, shard: str = "{shard}", replica: str = "{replica}", more: str = "") -> str:
        path = f"/clickhouse/tables/{shard}/{{database}}/{{table}}"
        return f"Replicated{kind}MergeTree('{path}', '{replica}'{more})"

    def _table(self, name: str, columns: str, engine: str, rest: str) -> str:
        return f"CREATE TABLE IF NOT EXISTS {name}{self.on_cluster} ({columns}) ENGINE = {engine} {rest}"
