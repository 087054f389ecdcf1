"""The tables as the migrations leave them: the original's `log_entries` and `clients`, our additions, and our own."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.dialects.mysql import DATETIME, ENUM, LONGTEXT

from logstream.entries.entry import (
    LEVELS,
    MAX_APP,
    MAX_BATCH_ID,
    MAX_CATEGORY,
    MAX_ID,
    MAX_TRACE_ID,
    MAX_USER_AGENT,
)
from logstream.shared import MAX_KIND, MAX_NAME

MAX_MESSAGE_BYTES: Final = 65_535

METADATA: Final = MetaData()
_MOMENT: Final = DATETIME(fsp=6)

ENTRIES: Final = Table(
    "log_entries",
    METADATA,
    Column("id", String(MAX_ID), primary_key=True),
    Column("trace_id", String(MAX_TRACE_ID)),
    Column("batch_id", String(MAX_BATCH_ID)),
    Column("app_key", String(MAX_APP)),
    Column("app_id", String(MAX_APP)),
    Column("user_agent", String(MAX_USER_AGENT)),
    Column("level", ENUM(*LEVELS)),
    Column("category", String(MAX_CATEGORY)),
    Column("message", Text),
    Column("context", LONGTEXT),  # JSON is an alias of it; SQLAlchemy's own type would decode and encode it
    Column("timestamp", _MOMENT),
    Column("created_at", _MOMENT),
    Column("message_whole", LONGTEXT),
    Column("position", BigInteger),
)
"""`message` holds the first MAX_MESSAGE_BYTES; `message_whole` holds all of a longer one, and is null otherwise.

`position` is the place in the stream that an entry came from, null where there was none: those were stored before it.
"""

CLIENTS: Final = Table(
    "clients",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(255)),
    Column("app_key", String(MAX_APP)),
    Column("api_token", String(255)),
    Column("active", Boolean),
    Column("created_at", DATETIME),
    Column("updated_at", DATETIME),
)

CLAIMS: Final = Table(
    "idempotency_claims",
    METADATA,
    Column("client", String(MAX_APP), primary_key=True),
    Column("claim_key", String(255), primary_key=True),
    Column("first_id", String(MAX_ID)),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("claimed_at", _MOMENT),
)
"""Answers to requests with an Idempotency-Key; `first_id` tells which entries they are about."""

PROGRESS: Final = Table(
    "stream_progress",
    METADATA,
    Column("stream", String(100), primary_key=True),
    Column("sequence", BigInteger),
)
"""Up to which of its messages a stream has filled this database."""

POLICIES: Final = Table(
    "retention_policies",
    METADATA,
    Column("name", String(100), primary_key=True),
    Column("policy", LONGTEXT),
)

RUNS: Final = Table(
    "retention_log",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("ran_at", _MOMENT),
    Column("run", LONGTEXT),
)

SHARED: Final = Table(
    "shared_documents",
    METADATA,
    Column("kind", String(MAX_KIND), primary_key=True),
    Column("name", String(MAX_NAME), primary_key=True),
    Column("body", LONGTEXT),
    Column("revision", BigInteger),
    Column("updated_at", String(27)),
)
"""What people share, see logstream.shared."""
