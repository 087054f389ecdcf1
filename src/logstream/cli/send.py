"""`logstream send`."""

import math
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logstream.cli.following import follow_files
from logstream.cli.line_reading import LineReading
from logstream.cli.progress import byte_progress
from logstream.cli.server_options import DEFAULT_URL, Url, WriteKey, checked_key, checked_url
from logstream.cli.stderr import counted, fail, refused, say

if TYPE_CHECKING:
    from logstream.client.sending.delivery import Delivery
    from logstream.client.sending.line_source import LineSource
    from logstream.formats.stream import Stream


class Begin(StrEnum):
    """Where a file begins that was not followed before."""

    BEGINNING = "beginning"
    END = "end"


FLUSH_SECONDS: Final = 0.5
"""How long an entry waits for company when lines come slowly."""


def send(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Log files; '-' or no file: standard input.", show_default=False)
    ] = None,
    app_key: Annotated[str | None, typer.Option(help="Application the entries come from, such as billing-api.")] = None,
    app_id: Annotated[str | None, typer.Option(help="Environment, such as production.")] = None,
    category: Annotated[
        str | None, typer.Option(help="Category for lines of text, and for JSON that names no logger.")
    ] = None,
    timezone: Annotated[
        str, typer.Option(help="Zone of times without one: Europe/Berlin, UTC, +02:00, or local for this machine's.")
    ] = "local",
    zone: Annotated[
        list[str] | None,
        typer.Option(help="What an ambiguous zone means, such as CST=Asia/Shanghai. Repeatable.", show_default=False),
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="How to read 03/01/2024; never guessed.", show_default=False),
    ] = None,
    multiline: Annotated[
        str, typer.Option(help="Which lines form one entry: auto, off, or a REGEX that finds the first line of each.")
    ] = "auto",
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Maximum number of entries per request.")] = 1000,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Keep sending what is appended to files, folders or patterns, each line once."
        ),
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(help="Folder that keeps how far followed files have been sent.", show_default=False),
    ] = None,
    begin: Annotated[
        Begin, typer.Option("--from", help="Where followed files that are new to the state folder begin.")
    ] = Begin.BEGINNING,
    url: Url = DEFAULT_URL,
    key: WriteKey = None,
    client_key: Annotated[
        str | None,
        typer.Option(envvar="LOGSTREAM_CLIENT_KEY", help="app_key of a registered client; instead of --key."),
    ] = None,
    client_token: Annotated[
        str | None, typer.Option(envvar="LOGSTREAM_CLIENT_TOKEN", help="That client's token.")
    ] = None,
    retry_for: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Seconds to keep retrying while the server is unavailable: 60, with --follow without end.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing unless something fails.")] = False,
) -> None:
    """Send log lines to a server, from files or standard input.

    A line that is an entry as JSON is sent as it is. Level, time and more are read from other loggers' JSON, from
    containers' lines, logfmt and text, where they are stated; stack traces and other lines that belong together are one
    entry. docs/formats.md lists what is understood. Exit code 0: everything was delivered; 1: something was not; 2:
    usage error.

    \b
    Examples:
      logstream send /var/log/syslog --app-key web-1 --app-id production
      ./backup.sh 2>&1 | logstream send --app-key backup --app-id nightly
      logstream send --follow /var/log/nginx/error.log --app-key nginx --app-id web-1
      logstream send app.log --timezone Europe/Berlin --multiline '^\\d{4}-' --app-key shop --app-id production
    """
    from logstream.client.http import Refused, connect
    from logstream.client.sending.delivery import Delivery, Unanswered
    from logstream.client.sending.line_source import LineSource, Unreadable

    paths = files or []
    if follow and paths == [Path("-")]:
        paths = []
    follows_files = follow and bool(paths)
    for path in paths:
        _check_file(path, follow=follow)
    url = checked_url(url)
    key = checked_key(key)
    client_key = checked_key(client_key, "--client-key")
    client_token = checked_key(client_token, "--client-token")
    _check_keys(key, client_key, client_token)

    reading = LineReading(category, timezone, zone or [], day_first, multiline)

    stopping = _Stopping()
    # A file ends before the next one begins: lines that belong together, and years, run on within one.
    parts = [] if follows_files else [[path] for path in paths] or [[]]
    sources = [LineSource(part, sys.stdin.buffer, stopped=stopping) for part in parts]
    began = time.monotonic()
    refusal: Refused | None = None
    unanswered: Unanswered | None = None
    unreadable: Unreadable | None = None
    with connect("send", key, client_key=client_key, client_token=client_token) as client:
        delivery = Delivery(
            client,
            url,
            app_key=app_key,
            app_id=app_id,
            batch=batch,
            retry_for=(math.inf if follow else 60) if retry_for is None else retry_for,
            stopped=stopping,
            say=say,
        )
        total = _total_bytes(sources)
        with byte_progress("sending", shown=bool(total) and not quiet) as progress:
            task = progress.add_task("sending", total=total)
            streams = [reading.stream(part) for part in parts]
            try:
                if follows_files:
                    destination = (url, app_key, app_id, client_key)
                    follow_files(
                        [str(path) for path in paths],
                        state,
                        destination,
                        delivery,
                        lambda path: reading.stream([]),
                        batch=batch,
                        from_end=begin is Begin.END,
                        stopped=stopping,
                    )
                _send_all(
                    list(zip(sources, streams, strict=True)),
                    delivery,
                    lambda: progress.update(task, completed=sum(source.bytes_read for source in sources)),
                )
            except Unanswered as error:
                unanswered = error
            except Refused as error:
                refusal = error
            except Unreadable as error:
                unreadable = error
    if cut := sum(source.cut for source in sources):
        say(f"cut to 1 MiB: {counted(cut, 'line', 'lines')}")
    if not quiet:
        typer.echo(f"{_entries(delivery.delivered)} delivered in {time.monotonic() - began:.1f} s", err=True)
    if refusal is not None:
        raise refused(refusal)
    problems = list(delivery.reasons)
    if delivery.failed:
        problems.append(f"{_entries(delivery.failed)} not delivered")
    if unanswered is not None:
        problems.append(f"{unanswered}; the rest is sent at the next start")
    if unreadable is not None:
        problems.append(str(unreadable))
    if problems:
        for problem in problems[:-1]:
            say(problem)
        raise fail(problems[-1], 1)


def _check_file(path: Path, *, follow: bool) -> None:
    if str(path) == "-":
        if follow:
            raise fail("'-' can't be followed together with files", 2)
    elif path.exists():
        if not path.is_file() and not (follow and path.is_dir()):
            raise fail(f"{path}: not a file", 2)
    elif not follow:
        raise fail(f"{path}: no such file", 2)


def _check_keys(key: str | None, client_key: str | None, client_token: str | None) -> None:
    """Either the write key, or both of a registered client's pair, or nothing."""
    is_client = bool(client_key or client_token)
    is_whole = bool(client_key and client_token)
    if is_client and (key or not is_whole):
        raise fail("use either --key, or --client-key with --client-token", 2)


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


def _total_bytes(sources: "list[LineSource]") -> int | None:
    """What there is to read, where that is known."""
    sizes = [source.total_bytes for source in sources]
    return None if None in sizes else sum(size or 0 for size in sizes)


def _send_all(streams: "list[tuple[LineSource, Stream]]", delivery: "Delivery", progressed: Callable[[], None]) -> None:
    """Send everything. Raises Refused, and Unreadable when what could be read is sent."""
    from logstream.client.sending.delivery import NumberedEntry
    from logstream.client.sending.line_source import Unreadable

    before = 0

    def add(entries: list[tuple[bytes, int]]) -> None:
        for entry, number in entries:
            delivery.add(NumberedEntry(entry, before + number))

    unreadable: Unreadable | None = None
    for source, stream in streams:
        try:
            for lines in source.lines():
                add(stream.feed(lines, datetime.now(UTC)))
                add(stream.flush_after(FLUSH_SECONDS))
                delivery.flush_after(FLUSH_SECONDS)
                progressed()
        except Unreadable as error:
            unreadable = unreadable or error
        add(stream.flush())
        before += stream.lines
    delivery.flush()
    if unreadable is not None:
        raise unreadable


def _entries(count: int) -> str:
    return counted(count, "entry", "entries")
