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
    """Bring the MariaDB tables up to date.

    The server sets up an empty database, or takes over the PHP server's, by itself. This is needed when a new version
    of logstream-server brings migrations, or when the server's database user is not allowed to create tables.
    Migrations only add to the schema and can run while servers are using the database.

    Example: logstream migrate --sql | mariadb -u root -p logservice
    """
    import asyncio

    from logstream.stores.mariadb.migrations import as_sql

    if sql:
        typer.echo(as_sql())
        return
    settings = settings_or_exit()
    applied = asyncio.run(_migrate(settings))
    if not applied:
        typer.echo("the database is up to date", err=True)
    for name in applied:
        typer.echo(f"applied {name}", err=True)


async def _migrate(settings: "Settings") -> list[str]:
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
