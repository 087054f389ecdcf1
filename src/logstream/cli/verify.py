"""`logstream verify`."""

from typing import TYPE_CHECKING, Annotated

import typer

from logstream.cli.progress import byte_progress
from logstream.cli.settings import LogPath, journal_folder, settings_or_exit
from logstream.cli.stderr import counted, fail
from logstream.process_log import set_up_logging

if TYPE_CHECKING:
    from pathlib import Path

    from logstream.settings import Settings
    from logstream.stores.journal.naming import Naming
    from logstream.verification.findings import DayReport, Report
    from logstream.verification.verification import Subject


def verify(
    log_path: LogPath = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be without losing anything. The server must be stopped.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what is wrong.")] = False,
) -> None:
    """Check that everything stored is still there and unchanged.

    Reads every line of every day, plain and compressed, and of the spool; compares closed days with their seals
    (SHA-256) and counts with the search index; finds ids that are there twice, damaged policies, Idempotency-Keys and
    files that others may read. Nothing is changed without --repair. A server may be running: then the index is left
    out, and so is what is being written. Run it as the server's user, or on a backup with --log-path.

    --repair mends what a start would, writes a damaged compressed day anew from what unpacks, sets damaged files
    aside, tightens modes and seals closed days. Originals are kept. Lines that can't be read are never changed.

    Exit code 0: nothing is wrong; 1: something is, or still is; 2: usage error, or it can't be verified.

    \b
    Examples:
      logstream verify
      logstream verify --log-path /backup/logs --json | jq '.findings[]'
      logstream verify --repair
    \b
    Every night, with a mail only if something is wrong (crontab of the server's user):
      MAILTO=admin@example.com
      30 3 * * *  LOG_PATH=/var/lib/logstream logstream verify --quiet
    """
    import sqlite3

    from logstream.stores.journal.folder_lock import LockedError
    from logstream.stores.journal.modes import restrict

    settings = settings_or_exit()
    set_up_logging()
    restrict(settings.group_access)
    try:
        report = _verify(settings, log_path, repair=repair, shows_days=not (as_json or quiet))
    except LockedError as error:
        raise fail(str(error), 2) from None
    except (OSError, sqlite3.Error) as error:
        raise fail(f"can't be verified: {error}", 2) from None
    if as_json:
        _show_json(report)
    else:
        _show(report, quiet=quiet)
    if not report.ok:
        raise typer.Exit(1)


def _verify(settings: "Settings", log_path: "Path | None", *, repair: bool, shows_days: bool) -> "Report":
    """Verify, and with `repair` mend and verify again. Raises LockedError or OSError."""
    from logstream.stores.journal.folder_lock import FolderLock, LockedError
    from logstream.verification.days import Journal
    from logstream.verification.repair import mark
    from logstream.verification.repair import repair as mend
    from logstream.verification.verification import Subject

    roots = _roots(settings, log_path)
    locks = [FolderLock(root) for root, _ in roots]
    try:
        journals = [
            Journal(root, names, running=not lock.hold()) for (root, names), lock in zip(roots, locks, strict=True)
        ]
        busy = [str(journal.root) for journal in journals if journal.running]
        if repair and busy:
            raise LockedError(f"a server uses {busy[0]}; stop it first, or verify without --repair")
        policies = None if log_path is not None else settings.retention_config
        subject = Subject(journals, policies, settings.index_memory)
        report = _read(subject, shows_days=shows_days and not repair)
    finally:
        for lock in locks:
            lock.release()
    if not repair:
        return report
    for journal in journals:
        mend(journal, report, settings.group_access, settings.index_memory)
    return mark(report.findings, _read(subject, shows_days=shows_days))


def _roots(settings: "Settings", log_path: "Path | None") -> "list[tuple[Path, Naming]]":
    """The journals that the settings name, and how their files are called."""
    from logstream.stores.journal.naming import BY_DATE, BY_NUMBER

    roots: list[tuple[Path, Naming]] = []
    if log_path is not None or settings.storage_type == "file":
        roots.append((journal_folder(log_path, settings), BY_DATE))
    if log_path is None and settings.spool_path.is_dir():
        roots.append((settings.spool_path, BY_NUMBER))
    return roots


def _read(subject: "Subject", *, shows_days: bool) -> "Report":
    from logstream.verification.verification import total_bytes, verify

    with byte_progress("verifying") as progress:
        task = progress.add_task("verifying", total=total_bytes(subject))
        return verify(
            subject,
            _show_day if shows_days else lambda day: None,
            lambda done: progress.advance(task, done),
        )


def _show_day(day: "DayReport") -> None:
    state = day.seal if day.ok else f"{day.seal}, FAULTS"
    typer.echo(f"{day.day}  {day.entries:>12,} entries  {day.bytes / 1e6:>10,.1f} MB  {state}")


def _show(report: "Report", *, quiet: bool) -> None:
    for finding in report.findings:
        typer.echo(finding)
    if quiet:
        return
    for note in report.notes:
        if note.kind != "unsealed":  # each day says so
            typer.echo(f"note: {note}")
    days = counted(len(report.days), "day", "days")
    entries = counted(sum(day.entries for day in report.days), "entry", "entries")
    repaired = sum(finding.repaired for finding in report.findings)
    left = len(report.findings) - repaired
    mended = f", {repaired:,} repaired" if repaired else ""
    beside = " (beside a running server)" if report.server_running else ""
    typer.echo(f"{days}, {entries}: {counted(left, 'finding', 'findings')}{mended}{beside}", err=True)


def _show_json(report: "Report") -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
