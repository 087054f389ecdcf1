"""The numbered migrations of the database: more may come, none changes, and all they do is add.

1 and 2 are the original's. A database that the original set up has those tables and no list of ours; it is taken over
as it is.
"""

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from logstream.entries.entry import LEVELS
from logstream.stores.mariadb.faults import NOT_PERMITTED, error_number
from logstream.stores.spool.tended import DatabaseRefused

log = logging.getLogger("logstream.mariadb")

LEAST_VERSION: Final = (10, 10)
"""The first MariaDB with collations of Unicode 14, which fold case as query.comparison.fold does."""

LOCK_SECONDS: Final = 600
"""How long one process waits for another that changes the database."""

_TABLE: Final = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci"
_EXACT_TABLE: Final = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin"

LIST: Final = f"""CREATE TABLE IF NOT EXISTS logstream_migrations (
    number INT UNSIGNED NOT NULL PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    applied_at DATETIME NOT NULL DEFAULT UTC_TIMESTAMP()
) {_EXACT_TABLE}"""


class Migration(NamedTuple):
    """A step of the schema. Each statement can be run again, since MariaDB commits after every one of them."""

    number: int
    name: str
    statements: tuple[str, ...]


MIGRATIONS: Final = (
    Migration(
        1,
        "log entries",
        (
            f"""CREATE TABLE IF NOT EXISTS log_entries (
    id VARCHAR(26) NOT NULL,
    trace_id VARCHAR(36) NOT NULL,
    batch_id VARCHAR(36) NULL,
    app_key VARCHAR(100) NOT NULL,
    app_id VARCHAR(100) NOT NULL,
    user_agent VARCHAR(255) NULL,
    level ENUM({", ".join(f"'{level}'" for level in LEVELS)}) NOT NULL DEFAULT 'info',
    category VARCHAR(100) NOT NULL DEFAULT 'general',
    message TEXT NOT NULL,
    context JSON NULL,
    timestamp DATETIME(6) NOT NULL,
    created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (id),
    INDEX idx_trace_id (trace_id),
    INDEX idx_batch_id (batch_id),
    INDEX idx_app_key (app_key),
    INDEX idx_app_id (app_id),
    INDEX idx_level (level),
    INDEX idx_category (category),
    INDEX idx_timestamp (timestamp),
    INDEX idx_app_key_app_id_timestamp (app_key, app_id, timestamp DESC)
) {_TABLE}""",
        ),
    ),
    Migration(
        2,
        "clients",
        (
            f"""CREATE TABLE IF NOT EXISTS clients (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    name VARCHAR(255) NOT NULL,
    app_key VARCHAR(100) NOT NULL,
    api_token VARCHAR(255) NOT NULL,
    active TINYINT(1) NOT NULL DEFAULT 1,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
    PRIMARY KEY (id),
    UNIQUE INDEX uq_app_key (app_key)
) {_TABLE}""",
        ),
    ),
    Migration(
        3,
        "whole messages",  # TEXT ends at 65,535 bytes; a column added at the end costs nothing, however large the table
        ("ALTER TABLE log_entries ADD COLUMN IF NOT EXISTS message_whole LONGTEXT NULL",),
    ),
    Migration(
        4,
        "idempotency claims and retention",
        (
            f"""CREATE TABLE IF NOT EXISTS idempotency_claims (
    client VARCHAR(100) NOT NULL,
    claim_key VARCHAR(255) NOT NULL,
    first_id VARCHAR(26) NOT NULL,
    status SMALLINT NOT NULL,
    body LONGBLOB NOT NULL,
    claimed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (client, claim_key),
    INDEX idx_claimed_at (claimed_at)
) {_EXACT_TABLE}""",
            f"""CREATE TABLE IF NOT EXISTS retention_policies (
    name VARCHAR(100) NOT NULL PRIMARY KEY,
    policy LONGTEXT NOT NULL
) {_EXACT_TABLE}""",
            f"""CREATE TABLE IF NOT EXISTS retention_log (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ran_at DATETIME(6) NOT NULL,
    run LONGTEXT NOT NULL
) {_EXACT_TABLE}""",
        ),
    ),
    Migration(
        5,
        # The newest of a rare level, and the histogram, from the index alone: on a million entries 0.4 instead of 5 ms,
        # and 0.4 instead of 1.6 s. It takes some 2 s per million entries to make, while entries are taken.
        "index on level and time",
        ("CREATE INDEX IF NOT EXISTS idx_level_timestamp ON log_entries (level, timestamp)",),
    ),
    Migration(
        6,
        "views and alerts",
        (
            f"""CREATE TABLE IF NOT EXISTS shared_documents (
    kind VARCHAR(150) NOT NULL,
    name VARCHAR(100) NOT NULL,
    body LONGTEXT NOT NULL,
    revision BIGINT UNSIGNED NOT NULL,
    updated_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (kind, name)
) {_EXACT_TABLE}""",
        ),
    ),
    Migration(
        7,
        "several servers",  # the column costs nothing, its index takes as long as that of 5
        (
            "ALTER TABLE log_entries ADD COLUMN IF NOT EXISTS position BIGINT UNSIGNED NULL",
            "CREATE INDEX IF NOT EXISTS idx_position ON log_entries (position)",
            f"""CREATE TABLE IF NOT EXISTS stream_progress (
    stream VARCHAR(100) NOT NULL PRIMARY KEY,
    sequence BIGINT UNSIGNED NOT NULL
) {_EXACT_TABLE}""",
            f"""CREATE TABLE IF NOT EXISTS server_nodes (
    node VARCHAR(255) NOT NULL PRIMARY KEY,
    seen_at DATETIME(6) NOT NULL
) {_EXACT_TABLE}""",
        ),
    ),
)


class SchemaOutdated(DatabaseRefused):
    """The database is one of ours and lacks migrations."""


def as_sql(pending: tuple[Migration, ...] = MIGRATIONS) -> str:
    """The statements for a database administrator."""
    lines = [LIST + ";"]
    for migration in pending:
        lines.append(f"\n-- {migration.number}: {migration.name}")
        lines += [statement + ";" for statement in migration.statements]
        lines.append(_applied(migration) + ";")
    return "\n".join(lines)


async def pending(connection: AsyncConnection) -> tuple[Migration, ...]:
    """The migrations that the database lacks. Raises DatabaseRefused when its server or its schema can't be used."""
    check_version(str((await connection.exec_driver_sql("SELECT version()")).scalar()))
    if not await _has_table(connection, "logstream_migrations"):
        return MIGRATIONS
    rows = await connection.exec_driver_sql("SELECT number FROM logstream_migrations")
    applied = {int(number) for (number,) in rows}
    newest = max(applied, default=0)
    if newest > MIGRATIONS[-1].number:
        raise DatabaseRefused(
            f"the database has migration {newest} of a newer logstream-server, this one only knows up to "
            f"{MIGRATIONS[-1].number}; install the newer version again"
        )
    return tuple(migration for migration in MIGRATIONS if migration.number not in applied)


async def migrate(connection: AsyncConnection, wanted: tuple[Migration, ...]) -> None:
    """Apply migrations, one process at a time. Raises SQLAlchemyError; what was applied before it stays."""
    if not wanted:
        return
    async with _locked(connection):
        await connection.exec_driver_sql(LIST)
        for migration in await pending(connection):  # another process may have come before
            for statement in migration.statements:
                await connection.exec_driver_sql(statement)
            await connection.exec_driver_sql(_applied(migration))
        await connection.exec_driver_sql("COMMIT")  # else who waits for the lock would not see the last of the list


@contextlib.asynccontextmanager
async def _locked(connection: AsyncConnection) -> AsyncIterator[None]:
    """One process at a time. Raises DatabaseRefused when another one takes longer than LOCK_SECONDS."""
    got = (await connection.exec_driver_sql(f"SELECT GET_LOCK('logstream_migrations', {LOCK_SECONDS})")).scalar()
    if got != 1:
        raise DatabaseRefused(f"another process has been changing the database for more than {LOCK_SECONDS} s")
    try:
        yield
    finally:
        with contextlib.suppress(SQLAlchemyError):
            await connection.exec_driver_sql("SELECT RELEASE_LOCK('logstream_migrations')")


async def set_up(connection: AsyncConnection) -> None:
    """Make the database ready: set up an empty one, take over the original's, check one of ours.

    Raises SchemaOutdated, DatabaseRefused or SQLAlchemyError.
    """
    missing = await pending(connection)
    if missing:
        async with _locked(connection):  # another server that starts just now may be setting it up
            missing = await pending(connection)
    if not missing:
        return
    if len(missing) < len(MIGRATIONS):
        names = ", ".join(f"{migration.number} ({migration.name})" for migration in missing)
        raise SchemaOutdated(f"the database lacks migration {names}; run: logstream migrate")
    taken_over = await _has_table(connection, "log_entries")
    log.warning("%s the database: %d migrations", "taking over" if taken_over else "setting up", len(missing))
    try:
        await migrate(connection, missing)
    except SQLAlchemyError as error:
        if error_number(error) in NOT_PERMITTED:
            raise DatabaseRefused(
                "the database is not set up, and its user may not do it; have an administrator run what "
                "`logstream migrate --sql` prints"
            ) from None
        raise


def _applied(migration: Migration) -> str:
    return f"INSERT IGNORE INTO logstream_migrations (number, name) VALUES ({migration.number}, '{migration.name}')"


async def _has_table(connection: AsyncConnection, name: str) -> bool:
    rows = await connection.exec_driver_sql(f"SHOW TABLES LIKE '{name}'")
    return rows.first() is not None


def check_version(version: str) -> None:
    """Raises DatabaseRefused unless `SELECT version()` tells of a server that can be used."""
    numbers = version.split("-")[0].split(".")
    if "mariadb" not in version.lower() or tuple(map(int, numbers[:2])) < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        raise DatabaseRefused(f"the database server is {version}; MariaDB {least} or newer is needed")
