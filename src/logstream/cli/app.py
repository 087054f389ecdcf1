"""The commands of `logstream`, each in a module of its own."""

from typing import Annotated

import typer

from logstream import __version__
from logstream.cli.alerts import alerts
from logstream.cli.clients import clients
from logstream.cli.decompress import decompress
from logstream.cli.migrate import migrate
from logstream.cli.patterns import patterns
from logstream.cli.reindex import reindex
from logstream.cli.retention import retention
from logstream.cli.search import search
from logstream.cli.send import send
from logstream.cli.serve import serve
from logstream.cli.tail import tail
from logstream.cli.team import dashboards, views
from logstream.cli.verify import verify

app = typer.Typer(
    name="logstream",
    help="A self-hosted, real-time log server that receives, stores, searches and streams structured log entries.",
    epilog="Get started: run logstream serve, then echo hello | logstream send --app-key demo --app-id local",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve)
app.command()(send)
app.command()(tail)
app.command()(search)
app.command()(patterns)
app.command()(reindex)
app.command()(migrate)
app.add_typer(clients)
app.add_typer(retention)
app.add_typer(views)
app.add_typer(dashboards)
app.add_typer(alerts)
app.command()(decompress)
app.command()(verify)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"logstream {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


def main() -> None:
    """Run the command line."""
    app()
