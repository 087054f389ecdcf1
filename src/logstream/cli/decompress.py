"""`logstream decompress`."""

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from logstream.cli.settings import LogPath, journal_folder, settings_or_exit
from logstream.cli.stderr import counted, fail, say
from logstream.process_log import set_up_logging

_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?:\.jsonl(?:\.zst)?)?$")


def decompress(
    days: Annotated[
        list[str] | None,
        typer.Argument(help="Days such as 2026-01-15, or their files.", metavar="[DAY|FILE]...", show_default=False),
    ] = None,
    log_path: LogPath = None,
    all_days: Annotated[bool, typer.Option("--all", help="Decompress all compressed days.")] = False,
) -> None:
    """Turn compressed days back into plain files while the server is stopped.

    The server searches and exports compressed days as they are; this is for other programs. When it runs again, it
    compresses these days again, unless COMPRESS_AFTER_DAYS is -1.

    Example: logstream decompress 2026-01-15 --log-path /var/lib/logstream
    """
    from logstream.stores.file.compression import decompress as make_plain
    from logstream.stores.journal.idempotency import SqliteLedger
    from logstream.stores.journal.journal import Journal, LockedError

    settings = settings_or_exit()
    set_up_logging()
    root = journal_folder(log_path, settings)
    if (days and all_days) or not (days or all_days):
        raise fail("name the days to decompress, or use --all", 2)
    wanted = {_name(root, day) for day in days or ()}
    journal = Journal(root)
    try:
        journal.open()
    except LockedError as error:
        raise fail(str(error), 1) from None
    ledger = SqliteLedger(journal.state_folder / "idempotency.sqlite")
    ledger.open()
    ledger.recover(journal)
    journal.ledger = ledger
    names = sorted(wanted or journal.compressed)
    failed = 0
    columns = (TextColumn("decompressing"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("decompressing", total=sum(journal.sizes.get(name, 0) for name in names))
        for name in names:
            reason = None
            if name in journal.compressed:
                try:
                    make_plain(journal, name, lambda done: progress.advance(task, done))
                except OSError as error:
                    reason = error.strerror or str(error)
            elif name in journal.sizes:
                reason = "not compressed"
            else:
                reason = "no such day"
            if reason is not None:
                say(f"{root / name}: {reason}")
                failed += 1
    journal.close()
    ledger.close()
    typer.echo(f"{_days(len(names) - failed)} decompressed", err=True)
    if failed:
        raise fail(f"{_days(failed)} could not be decompressed", 1)


def _days(count: int) -> str:
    return counted(count, "day", "days")


def _name(root: Path, day: str) -> str:
    """The name of a day that was given as a date or as one of its files."""
    match = _DAY.search(day)
    if match is None:
        raise fail(f"{day!r} is neither a day such as 2026-01-15 nor the file of one", 2)
    name = "/".join(match.groups()) + ".jsonl"
    is_path = match.start() > 0
    if is_path and Path(day).resolve().parent != (root / name).resolve().parent:
        raise fail(f"{day!r} is not in {root}", 2)
    return name
