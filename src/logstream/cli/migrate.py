"""`logstream migrate`."""

from typing import TYPE_CHECKING, Annotated

import typer

from logstream.cli.settings import settings_or_exit
from logstream.cli.stderr import fail

if TYPE_CHECKING:
    from logstream.settings import Settings


def migrate(
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements for an administrator instead of running them.")
    ] = False,
) -> None:
    """Bring the tables of MariaDB, or with STORAGE_TYPE=clickhouse of ClickHouse, up to date.

    The server sets up an empty database, or takes over the PHP server's, by itself. This is needed when a new version
    of logstream-server brings migrations, or when the server's database user is not allowed to create tables.
    Migrations only add to the schema and can run while servers are using the database.

    Example: logstream migrate --sql | mariadb -u root -p logservice
    """
    import asyncio

    settings = settings_or_exit()
    in_clickhouse = settings.storage_type == "clickhouse"
    if sql:
        typer.echo(_clickhouse_sql(settings) if in_clickhouse else _mariadb_sql())
        return
    applied = asyncio.run(_migrate_clickhouse(settings) if in_clickhouse else _migrate_mariadb(settings))
    if not applied:
        typer.echo("the database is up to date", err=True)
    for name in applied:
        typer.echo(f"applied {name}", err=True)


def _mariadb_sql() -> str:
    from logstream.stores.mariadb.migrations import as_sql

    return as_sql()


def _clickhouse_sql(settings: "Settings") -> str:
    from logstream.stores.clickhouse.migrations import as_sql

    return as_sql(settings.clickhouse_cluster)


async def _migrate_clickhouse(settings: "Settings") -> list[str]:
    from logstream.settings import SettingsError
    from logstream.storage import clickhouse_address
    from logstream.stores.clickhouse.database import Database
    from logstream.stores.clickhouse.faults import Fault
    from logstream.stores.clickhouse.migrations import migrate, pending
    from logstream.stores.spool.tended import DatabaseRefused

    try:
        database = Database(clickhouse_address(settings))
    except SettingsError as error:
        raise fail(str(error), 2) from None
    try:
        missing = await pending(database)
        await migrate(database, missing)
    except DatabaseRefused as error:
        raise fail(str(error), 1) from None
    except Fault as fault:
        raise fail(str(fault.refusal(database.address) or fault.detail(database.address)), 1) from None
    finally:
        await database.close()
    return [f"{migration.number}: {migration.name}" for migration in missing]


async def _migrate_mariadb(settings: "Settings") -> list[str]:
    from logstream.storage import database_address
    from logstream.stores.mariadb.database import Database
    from logstream.stores.mariadb.faults import FAULTS, detail_of, wrong_settings
    from logstream.stores.mariadb.migrations import migrate, pending
    from logstream.stores.spool.tended import DatabaseRefused

    database = Database(database_address(settings))
    try:
        async with database.write() as connection:
            missing = await pending(connection)
            await migrate(connection, missing)
    except DatabaseRefused as error:
        raise fail(str(error), 1) from None
    except FAULTS as error:
        refusal = wrong_settings(error, database.address)
        raise fail(detail_of(error, database.address) if refusal is None else str(refusal), 1) from None
    finally:
        await database.close()
    return [f"{migration.number}: {migration.name}" for migration in missing]
