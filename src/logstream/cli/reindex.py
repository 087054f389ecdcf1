"""`logstream reindex`."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from logstream.cli.serve import settings_or_exit
from logstream.process_log import set_up_logging


def reindex(
    log_path: Annotated[
        Path | None, typer.Option(help="Folder of the journal; default: LOG_PATH.", show_default=False)
    ] = None,
) -> None:
    """Build the search index anew from the journal, with the server stopped.

    Needed only after journal files were edited by hand: new files are found, and a damaged index is rebuilt, by the
    server itself.

    Example: logstream reindex --log-path /var/lib/logstream
    """
    from logstream.stores.index.index import Index
    from logstream.stores.journal.folder_lock import LockedError
    from logstream.stores.journal.offline import open_offline

    settings = settings_or_exit()
    set_up_logging()
    root = log_path or settings.log_path
    if not root.is_dir():
        typer.echo(f"logstream: LOG_PATH={str(root)!r} is no folder", err=True)
        raise typer.Exit(2)
    try:
        journal = open_offline(root)
    except LockedError as error:
        typer.echo(f"logstream: {error}", err=True)
        raise typer.Exit(1) from None
    began = time.monotonic()
    index = Index(journal, settings.index_memory)
    index.remove()
    index.open()
    columns = (
        TextColumn("indexing"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("indexing", total=index.backlog())
        index.step(lambda done: progress.advance(task, done))
    entries, files = index.entry_count(), len(journal.days())
    index.close()
    journal.close()
    typer.echo(f"{entries:,} entries of {files:,} files indexed in {time.monotonic() - began:.1f} s", err=True)
