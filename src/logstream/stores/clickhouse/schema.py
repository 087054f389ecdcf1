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
PROGRESS: Final = "stream_progress"
CLAIMS: Final = "idempotency_claims"

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

_TOKENS: Final = "non_replicated_deduplication_window = 10000"
"""How many inserts a table knows again by their tokens; replicated ones do so by themselves."""

_POSITION: Final = "position Nullable(UInt64)"
"""The place in the stream that an entry came from, null where there was none: those were stored before it."""

_PROGRESS: Final = """
    stream String,
    after UInt64,
    until UInt64,
    is_filled UInt8,
    version UInt64
"""
"""A row each step of a stream, of which the one with the greatest `version` counts; see stream_progress.py."""

_CLAIMS: Final = """
    client String,
    claim_key String,
    first_id String,
    status UInt16,
    body String CODEC(NONE),
    until UInt64,
    claimed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
"""
"""Answers to requests with an Idempotency-Key; see claims.py."""

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


CLAIM_DAYS: Final = 1
"""After which ClickHouse takes claims out by itself: at least as long as they hold."""


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
            settings = f"{_ENTRIES_SETTINGS}, {_TOKENS}"
            return (self._table(ENTRIES, _COLUMNS, "MergeTree", f"{parted} SETTINGS {settings}"),)
        return (
            self._table(self.stored, _COLUMNS, self._replicated(""), f"{parted} SETTINGS {_ENTRIES_SETTINGS}"),
            f"CREATE TABLE IF NOT EXISTS {ENTRIES}{self.on_cluster} AS {self.stored} "
            f"ENGINE = Distributed('{self._cluster}', currentDatabase(), {self.stored}, cityHash64(id))",
        )

    def shared(self) -> tuple[str, ...]:
        engine = self._replacing("change")
        return (self._table(SHARED, _DOCUMENTS, engine, f"ORDER BY (kind, name) SETTINGS {_ENTRIES_SETTINGS}"),)

    def streams(self) -> tuple[str, ...]:
        alter = f"ALTER TABLE {self.stored}{self.on_cluster}"
        added = [
            f"{alter} ADD COLUMN IF NOT EXISTS {_POSITION} CODEC(ZSTD(1))",
            f"{alter} ADD INDEX IF NOT EXISTS positions position TYPE minmax GRANULARITY 1",
        ]
        settings = _ENTRIES_SETTINGS
        if self._cluster is None:
            settings = f"{settings}, {_TOKENS}"
            added.append(f"ALTER TABLE {SHARED} MODIFY SETTING {_TOKENS}")
        else:
            added.append(f"ALTER TABLE {ENTRIES}{self.on_cluster} ADD COLUMN IF NOT EXISTS {_POSITION}")
        kept = f"ORDER BY (client, claim_key) TTL toDateTime(claimed_at) + INTERVAL {CLAIM_DAYS} DAY"
        return (
            *added,
            self._table(PROGRESS, _PROGRESS, self._replacing("version"), f"ORDER BY stream SETTINGS {settings}"),
            self._table(CLAIMS, _CLAIMS, self._replacing("until"), f"{kept} SETTINGS {settings}"),
        )

    def _replacing(self, version: str) -> str:
        """Of rows with equal keys, the one with the greatest version stays. On a cluster, every node has them all."""
        if self._cluster is None:
            return f"ReplacingMergeTree({version})"
        return self._replicated("Replacing", "all", "{shard}-{replica}", f", {version}")

    def migrations(self) -> str:
        columns = "number UInt32, name String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')"
        engine = "MergeTree" if self._cluster is None else self._replicated("", "all", "{shard}-{replica}")
        return self._table(MIGRATIONS, columns, engine, "ORDER BY number")

    def _replicated(self, kind: str, shard: str = "{shard}", replica: str = "{replica}", more: str = "") -> str:
        path = f"/clickhouse/tables/{shard}/{{database}}/{{table}}"
        return f"Replicated{kind}MergeTree('{path}', '{replica}'{more})"

    def _table(self, name: str, columns: str, engine: str, rest: str) -> str:
        return f"CREATE TABLE IF NOT EXISTS {name}{self.on_cluster} ({columns}) ENGINE = {engine} {rest}"
