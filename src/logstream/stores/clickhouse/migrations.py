"""The numbered migrations: more may come, none changes, and all they do is add.

Each statement can be run again and by two at once, so starts at the same time need no lock.
"""

import asyncio
import logging
import time
from typing import Final, NamedTuple

from logstream.stores.clickhouse.database import Database
from logstream.stores.clickhouse.faults import NOT_PERMITTED, Fault
from logstream.stores.clickhouse.schema import MIGRATIONS as LIST
from logstream.stores.clickhouse.schema import Schema
from logstream.stores.spool.tended import DatabaseRefused

log = logging.getLogger("logstream.clickhouse")

LEAST_VERSION: Final = (26, 3)
"""The first that is supported for long and has the index on words."""

SECONDS: Final = 600
"""How long a migration may take."""

OTHERS_SECONDS: Final = 10
AGAIN_SECONDS: Final = 0.1
"""How long, and how often, the rest of what another start is setting up is waited for."""


class Migration(NamedTuple):
    """A step of the schema."""

    number: int
    name: str
    statements: tuple[str, ...]


def migrations(cluster: str | None = None) -> tuple[Migration, ...]:
    schema = Schema(cluster)
    return (
        Migration(1, "log entries", schema.entries()),
        Migration(2, "clients, retention, views and alerts", schema.shared()),
        Migration(3, "streams", schema.streams()),
    )


def as_sql(cluster: str | None = None) -> str:
    """The statements for a database administrator."""
    lines = [Schema(cluster).migrations() + ";"]
    for migration in migrations(cluster):
        lines.append(f"\n-- {migration.number}: {migration.name}")
        lines += [statement + ";" for statement in (*migration.statements, _applied(migration))]
    return "\n".join(lines)


async def pending(database: Database) -> tuple[Migration, ...]:
    """The migrations that the database lacks. Raises Fault, or DatabaseRefused for its server or schema."""
    check_version(await _text(database, "SELECT version()"))
    known = migrations(database.address.cluster)
    if await _text(database, f"EXISTS TABLE {LIST}") == "0":
        return known
    said = await database.ask(f"SELECT DISTINCT number FROM {LIST}", SECONDS)
    applied = {int(line.strip(b"[]")) for line in said.splitlines()}
    newest = max(applied, default=0)
    if newest > known[-1].number:
        raise DatabaseRefused(
            f"the database has migration {newest} of a newer logstream-server, this one only knows up to "
            f"{known[-1].number}; install the newer version again"
        )
    return tuple(migration for migration in known if migration.number not in applied)


async def migrate(database: Database, wanted: tuple[Migration, ...]) -> None:
    """Apply migrations. Raises Fault; what was applied before it stays."""
    if not wanted:
        return
    await database.execute(Schema(database.address.cluster).migrations(), seconds=SECONDS)
    for migration in wanted:
        for statement in (*migration.statements, _applied(migration)):
            await database.execute(statement, seconds=SECONDS)


async def set_up(database: Database) -> None:
    """Make the database ready: set up an empty one, check one of ours. Raises DatabaseRefused or Fault."""
    missing = await pending(database)
    until = time.monotonic() + OTHERS_SECONDS
    while 0 < len(missing) < len(migrations()) and time.monotonic() < until:  # another start may be at it
        await asyncio.sleep(AGAIN_SECONDS)
        missing = await pending(database)
    if not missing:
        return
    if len(missing) < len(migrations()):
        names = ", ".join(f"{migration.number} ({migration.name})" for migration in missing)
        raise DatabaseRefused(f"the database lacks migration {names}; run: logstream migrate")
    log.warning("setting up the database: %d migrations", len(missing))
    try:
        await migrate(database, missing)
    except Fault as fault:
        if fault.code == NOT_PERMITTED:
            raise DatabaseRefused(
                "the database is not set up, and its user may not do it; have an administrator run what "
                "`logstream migrate --sql` prints"
            ) from None
        raise


def check_version(version: str) -> None:
    """Raises DatabaseRefused unless `SELECT version()` tells of a server that can be used."""
    numbers = version.split(".")
    if not all(number.isdigit() for number in numbers[:2]) or tuple(map(int, numbers[:2])) < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        raise DatabaseRefused(f"the database server is ClickHouse {version}; {least} or newer is needed")


async def _text(database: Database, statement: str) -> str:
    return (await database.ask(statement, SECONDS)).decode().strip().strip('[]"')


def _applied(migration: Migration) -> str:
    return f"INSERT INTO {LIST} (number, name) VALUES ({migration.number}, '{migration.name}')"
