"""`logstream decompress`."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from logstream.cli.serve import settings_or_exit
from logstream.process_log import set_up_logging

_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?:\.jsonl(?:\.zst)?)?$")


def decompress(
    days: Annotated[
        list[str] | None,
        typer.Argument(help="Days, such as 2026-01-15, or files of them.", metavar="[DAY|FILE]...", show_default=False),
    ] = None,
    log_path: Annotated[
        Path | None, typer.Option(help="Folder of the journal; default: LOG_PATH.", show_default=False)
    ] = None,
    all_days: Annotated[bool, typer.Option("--all", help="All compressed days.")] = False,
) -> None:
    """Make compressed days plain files again, with the server stopped.

    The server searches and exports compressed days as they are; this is for other programs. Once it runs again it
    compresses them anew, unless COMPRESS_AFTER_DAYS is -1.

    Example: logstream decompress 2026-01-15 --log-path /var/lib/logstream
    """
    from logstream.stores.file.compression import decompress as make_plain
    from logstream.stores.journal.folder_lock import LockedError
    from logstream.stores.journal.offline import open_offline

    settings = settings_or_exit()
    set_up_logging()
    root = log_path or settings.log_path
    if not root.is_dir():
        raise _wrong(f"LOG_PATH={str(root)!r} is no folder")
    if bool(days) == all_days:
        raise _wrong("name the days to decompress, or --all")
    wanted = [_name(root, day) for day in days or ()]
    try:
        journal = open_offline(root)
    except LockedError as error:
        typer.echo(f"logstream: {error}", err=True)
        raise typer.Exit(1) from None
    there = {day.name: day for day in journal.days()}
    names = sorted(set(wanted) if days else (name for name, day in there.items() if day.segment is not None))
    failed = 0
    columns = (TextColumn("decompressing"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("decompressing", total=sum(there[name].size for name in names if name in there))
        for name in names:
            try:
                if name not in there:
                    raise FileNotFoundError("there is no such day")
                if there[name].segment is None:
                    raise FileNotFoundError("it is not compressed")
                make_plain(journal, there[name], lambda done: progress.advance(task, done))
            except OSError as error:
                typer.echo(f"logstream: {root / name}: {error.strerror or error}", err=True)
                failed += 1
    journal.close()
    typer.echo(f"{len(names) - failed:,} days decompressed", err=True)
    if failed:
        raise typer.Exit(1)


def _name(root: Path, day: str) -> str:
    """The name of a day that was given as a date or as one of its files."""
    found = _DAY.search(day)
    if found is None:
        raise _wrong(f"{day!r} is no day such as 2026-01-15, and no file of a day")
    name = "/".join(found.groups()) + ".jsonl"
    if found.start() and Path(day).resolve().parent != (root / name).resolve().parent:
        raise _wrong(f"{day!r} does not lie in {root}")
    return name


def _wrong(reason: str) -> typer.Exit:
    typer.echo(f"logstream: {reason}", err=True)
    return typer.Exit(2)
