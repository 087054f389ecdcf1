"""`logstream send`."""

import re
import signal
import sys
import time
from datetime import UTC, datetime, tzinfo
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
    from logstream.formats.stream import Stream

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
    category: Annotated[
        str | None, typer.Option(help="Category of lines of text, and of JSON that names no logger.")
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
        typer.Option("--day-first/--month-first", help="What 03/01/2024 is; neither: not guessed.", show_default=False),
    ] = None,
    multiline: Annotated[
        str,
        typer.Option(help="Lines that belong together: auto, off, or a REGEX that finds the first line of an entry."),
    ] = "auto",
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

    A line that is a JSON object of ours is the entry itself. Of another logger's JSON, of containers' lines, of logfmt
    and of text, level and time are read where they are stated; stack traces and other lines that belong together are
    one entry. The page of formats in the documentation lists what is known. Exit code 0: all delivered; 1: some were
    not; 2: wrong use.

    \b
    Examples:
      logstream send /var/log/syslog --app-key web-1 --app-id production
      ./backup.sh 2>&1 | logstream send --app-key backup --app-id nightly
      logstream send --follow /var/log/nginx/error.log --app-key nginx --app-id web-1
      logstream send app.log --timezone Europe/Berlin --multiline '^\\d{4}-' --app-key shop --app-id production
    """
    from logstream.client.sending.delivery import Delivery
    from logstream.client.sending.source import Source

    paths = files or []
    for path in paths:
        if str(path) != "-" and not path.is_file() and (path.exists() or not follow):
            raise fail(f"{path}: {'is no file' if path.exists() else 'no such file'}", 2)
    url = checked_url(url)
    reading = _Reading(category, timezone, zone or [], day_first, multiline)

    stopping = _Stopping()
    # A file ends before the next one begins: lines that belong together and years run on within one.
    parts = [paths] if follow or not paths else [[path] for path in paths]
    sources = [Source(part, sys.stdin.buffer, follow=follow) for part in parts]
    for source in sources:
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
    sizes = [source.total_bytes for source in sources]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    columns = (TextColumn("sending"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=quiet or not console.is_terminal or not total
    ) as progress:
        task = progress.add_task("sending", total=total)
        streams = [(source, reading.stream(part, follow=follow)) for source, part in zip(sources, parts, strict=True)]
        refused = _run(streams, delivery, progress, task, apart=len(paths) > 1 and follow)
    delivery.close()
    _report(sum(source.cut for source in sources), delivery.delivered, time.monotonic() - began, quiet=quiet)
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


class _Reading:
    """How lines are read, as the options say."""

    def __init__(
        self, category: str | None, timezone: str, zones: list[str], day_first: bool | None, multiline: str
    ) -> None:
        self._category = category
        self._zone = None if timezone == "local" else _zone(timezone, "--timezone")
        self._zones: dict[str, tzinfo] = {}
        for given in zones:
            name, _, meaning = given.partition("=")
            self._zones[name] = _zone(meaning, "--zone")
        self._day_first = day_first
        self._multiline = multiline
        if multiline not in ("auto", "off"):
            try:
                re.compile(multiline.encode())
            except re.error as error:
                raise fail(f"--multiline: {multiline!r} is no regular expression: {error}", 2) from None

    def stream(self, paths: list[Path], *, follow: bool) -> "Stream":
        """The entries of a source; of one that is a file that is read once, also when it was written."""
        from logstream.formats.clock import Clock
        from logstream.formats.stream import Stream

        until = year = None
        if len(paths) == 1 and str(paths[0]) != "-" and not follow:
            until = datetime.fromtimestamp(paths[0].stat().st_mtime, UTC)
            year = _first_year(paths[0], until, self._zone)
        clock = Clock(
            datetime.now(UTC), zone=self._zone, zones=self._zones, day_first=self._day_first, until=until, year=year
        )
        return Stream(clock, category=self._category, multiline=self._multiline)


def _zone(name: str, option: str) -> tzinfo:
    from logstream.formats.zones import named_zone

    found = named_zone(name)
    if found is None:
        raise fail(f"{option}: {name!r} is no time zone; give a name such as Europe/Berlin, UTC or +02:00", 2)
    return found


def _first_year(path: Path, until: datetime, zone: tzinfo | None) -> int | None:
    from logstream.client.sending.source import CHUNK
    from logstream.formats.years import first_year

    with path.open("rb") as file:
        return first_year(iter(lambda: file.read(CHUNK), b""), until, zone)


def _run(
    streams: "list[tuple[Source, Stream]]", delivery: "Delivery", progress: Progress, task: TaskID, *, apart: bool
) -> str | None:
    """Send everything; returns why the server refuses, if it does.

    `apart`: one source is several files, whose lines come in lists by file and don't belong together.
    """
    from logstream.client.sending.delivery import Line, Refused

    before = read = 0

    def add(entries: list[tuple[bytes, int]]) -> None:
        for entry, number in entries:
            delivery.add(Line(entry, before + number))

    try:
        for source, stream in streams:
            for lines in source.lines():
                add(stream.feed(lines, datetime.now(UTC)))
                add(stream.flush() if apart else stream.flush_after(FLUSH_SECONDS))
                delivery.flush_after(FLUSH_SECONDS)
                progress.update(task, completed=read + source.bytes_read)
            add(stream.flush())
            before += stream.lines
            read += source.bytes_read
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
