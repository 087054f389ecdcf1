"""`logstream serve`."""

import typer

from logstream.process_log import set_up_logging
from logstream.settings import Settings, SettingsError, load_settings


def settings_or_exit() -> Settings:
    """The settings; a wrong one ends the command with one line and exit code 2."""
    try:
        return load_settings()
    except SettingsError as error:
        typer.echo(f"logstream: {error}", err=True)
        raise typer.Exit(2) from None


def serve() -> None:
    """Run the server until SIGTERM or Ctrl-C.

    Settings come from the environment and from .env in the working directory; docs/configuration.md and
    .env.example list them all. Without any, it serves this machine only, on port 8081, and stores in ./storage/logs.

    Example: API_SECRET=write-key UI_SECRET=read-key LOG_PATH=/var/lib/logstream logstream serve
    """
    from logstream.server import StartError
    from logstream.server import serve as run

    settings = settings_or_exit()
    set_up_logging()
    try:
        run(settings)
    except SettingsError as error:
        typer.echo(f"logstream: {error}", err=True)
        raise typer.Exit(2) from None
    except StartError as error:
        typer.echo(f"logstream: {error}", err=True)
        raise typer.Exit(1) from None
