"""`logstream send`."""

import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from logstream.cli.endpoint import DEFAULT_URL, Url, checked_url, fail

if TYPE_CHECKING:
    from logstream.client.sending.delivery import Delivery
    from logstream.client.sending.source import Source

FLUSH_SECONDS = 0.5
"""How long an entry waits for company when lines come slowly."""


def send(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Log files; '-' or none: standard input.", show_default=False)
    ] = None,
    app_key: Annotated[
        str | None, typer.Option(help="Which application the entries are from, such as billing-api.")
    ] = None,
    app_id: Annotated[str | None, typer.Option(help="Which instance or environment of it, such as production.")] = None,
    category: Annotated[str | None, typer.Option(help="Category of lines that are no JSON.")] = None,
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Entries in one request.")] = 1000,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is added, as tail -F does.")] = False,
    url: Url = DEFAULT_URL,
    key: Annotated[
        str | None,
        typer.Option(envvar="LOGSTREAM_KEY", help="Write key. Options show in the process list: prefer LOGSTREAM_KEY."),
    ] = None,
    client_key: Annotated[
        str | None, typer.Option(envvar="LOGSTREAM_CLIENT_KEY", help="Name of a registered client, instead of --key.")
    ] = None,
    client_token: Annotated[
        str | None, typer.Option(envvar="LOGSTREAM_CLIENT_TOKEN", help="That client's token.")
    ] = None,
    retry_for: Annotated[float, typer.Option(min=0, help="Seconds to keep trying while the server is away.")] = 60,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something fails.")] = False,
) -> None:
    """Send log lines to a server, from files or standard input.

    A line that is a JSON object is the entry itself. Any other line becomes the message, and its level and time are
    read from it where it states them in a common form (syslog, Apache, nginx, Java, Python, Go, ISO 8601, logfmt, …);
    a time without a zone is UTC. Exit code 0: all delivered; 1: some were not; 2: wrong use.

    \b
    Examples:
      logstream send /var/log/syslog --app-key web-1 --app-id production
      ./backup.sh 2>&1 | logstream send --app-key backup --app-id nightly
      logstream send --follow /var/log/nginx/error.log --app-key nginx --app-id web-1
    """
    from logstream.client.sending.delivery import Delivery
    from logstream.client.sending.source import Source

    paths = files or []
    for path in paths:
        if str(path) != "-" and not path.is_file() and (path.exists() or not follow):
            raise fail(f"{path}: {'is no file' if path.exists() else 'no such file'}", 2)
    url = checked_url(url)

    stopping = _Stopping()
    source = Source(paths, sys.stdin.buffer, follow=follow)
    source.stopped = stopping
    delivery = Delivery(
        url,
        headers=_headers(key, client_key, client_token),
        app_key=app_key,
        app_id=app_id,
        batch=batch,
        retry_for=retry_for,
        stopped=stopping,
    )
    began = time.monotonic()
    refused = None
    console = Console(stderr=True)
    columns = (TextColumn("sending"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=quiet or not console.is_terminal or not source.total_bytes
    ) as progress:
        refused = _run(source, delivery, category, progress, progress.add_task("sending", total=source.total_bytes))
    delivery.close()
    _report(source.cut, delivery.delivered, time.monotonic() - began, quiet=quiet)
    if refused is not None:
        raise fail(f"the server refuses: {refused}", 1)
    if delivery.failed:
        for reason in delivery.reasons:
            typer.echo(f"logstream: {reason}", err=True)
        raise fail(f"{_entries(delivery.failed)} not delivered", 1)


class _Stopping:
    """Turns true at the first SIGINT or SIGTERM: what was read is still sent. The second one ends at once."""

    def __init__(self) -> None:
        self._asked = False
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True

    def __call__(self) -> bool:
        return self._asked


def _headers(key: str | None, client_key: str | None, client_token: str | None) -> dict[str, str]:
    if client_key or client_token:
        if not (client_key and client_token) or key:
            raise fail("give either --key, or --client-key with --client-token", 2)
        return {"X-Api-Key": client_key, "X-Api-Token": client_token}
    return {"Authorization": f"Bearer {key}"} if key else {}


def _run(source: "Source", delivery: "Delivery", category: str | None, progress: Progress, task: TaskID) -> str | None:
    """Send everything; returns why the server refuses, if it does."""
    from logstream.client.sending.delivery import Line, Refused
    from logstream.client.sending.lines import encoded_entry

    number = 0
    try:
        for lines in source.lines():
            now = datetime.now(UTC)
            for line in lines:
                number += 1
                entry = encoded_entry(line, now, category)
                if entry is not None:
                    delivery.add(Line(entry, number))
            delivery.flush_after(FLUSH_SECONDS)
            progress.update(task, completed=source.bytes_read)
        delivery.flush()
    except Refused as error:
        return str(error)
    return None


def _report(cut: int, delivered: int, seconds: float, *, quiet: bool) -> None:
    if cut:
        typer.echo(f"logstream: {cut:,} lines were longer than 1 MiB and were cut", err=True)
    if not quiet:
        typer.echo(f"{_entries(delivered)} delivered in {seconds:.1f} s", err=True)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
