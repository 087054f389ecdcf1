"""`logstream decompress`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from logstream.cli.progress import byte_progress
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
    from logstream.stores.journal.folder_lock import LockedError
    from logstream.stores.journal.offline import open_offline

    settings = settings_or_exit()
    set_up_logging()
    root = journal_folder(log_path, settings)
    if (days and all_days) or not (days or all_days):
        raise fail("name the days to decompress, or use --all", 2)
    wanted = {_name(root, day) for day in days or ()}
    try:
        journal = open_offline(root, settings.group_access)
    except LockedError as error:
        raise fail(str(error), 1) from None
    there = {day.name: day for day in journal.days()}
    names = sorted(wanted or (name for name, day in there.items() if day.segment is not None))
    failed = 0
    with byte_progress("decompressing") as progress:
        task = progress.add_task("decompressing", total=sum(there[name].size for name in names if name in there))
        for name in names:
            day = there.get(name)
            reason = None
            if day is None:
                reason = "no such day"
            elif day.segment is None:
                reason = "not compressed"
            else:
                try:
                    make_plain(journal, day, lambda done: progress.advance(task, done))
                except OSError as error:
                    reason = error.strerror or str(error)
            if reason is not None:
                say(f"{root / name}: {reason}")
                failed += 1
    journal.close()
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
