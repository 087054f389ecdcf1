"""How `logstream send` reads lines, as its options say."""

import re
import sys
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from logstream.cli.stderr import fail

if TYPE_CHECKING:
    from logstream.client.sending.encoding import Encoding
    from logstream.formats.clock import Clock
    from logstream.formats.stream import Stream


class LineReading:
    """The options, checked. Raises typer.Exit for one that can't be used."""

    def __init__(
        self,
        category: str | None,
        timezone: str,
        zones: list[str],
        day_first: bool | None,
        multiline: str,
        encoding: str,
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
                raise fail(f"--multiline: {multiline!r} is not a regular expression: {error}", 2) from None

        self.encoding = _encoding(encoding)

    def followed(self, path: Path) -> "Stream":
        """The entries of a file that grows; those of a container tell which one."""
        from logstream.client.sending.docker import container_of
        from logstream.formats.stream import Stream

        container = container_of(path)
        if container is None:
            return self.stream(None)
        name, context = container
        return Stream(self._clock(), category=self._category or name, multiline=self._multiline, context=context)

    def journal(self) -> "Stream":
        """The entries of a journal, each of them a line."""
        from logstream.formats.stream import Stream

        return Stream(self._clock(), category=self._category, multiline="off")

    def stream(self, path: Path | None) -> "Stream":
        """The entries of a source; of a file that is read once and whole, it also matters when it was written."""
        from logstream.formats.stream import Stream

        until = year = None
        if path is not None and path.is_file():
            until = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            year = self._first_year(path, until)
        return Stream(self._clock(until, year), category=self._category, multiline=self._multiline)

    def _clock(self, until: datetime | None = None, year: int | None = None) -> "Clock":
        from logstream.formats.clock import Clock

        now = datetime.now(UTC)
        return Clock(now, zone=self._zone, zones=self._zones, day_first=self._day_first, until=until, year=year)

    def _first_year(self, path: Path, until: datetime) -> int | None:
        from logstream.client.sending.line_source import LineSource, Unreadable
        from logstream.formats.years import first_year

        source = LineSource(path, sys.stdin.buffer, encoding=self.encoding)
        chunks = (b"".join(line + b"\n" for line in lines) for lines in source.lines() if lines)
        try:
            return first_year(chunks, until, self._zone)
        except Unreadable:
            return None  # reading it says why


def _zone(name: str, option: str) -> tzinfo:
    from logstream.formats.zones import named_zone

    zone = named_zone(name)
    if zone is None:
        raise fail(f"{option}: {name!r} is not a time zone; use a name such as Europe/Berlin, UTC or +02:00", 2)
    return zone


def _encoding(name: str) -> "Encoding | None":
    """None for UTF-8, which is checked to be text."""
    from logstream.client.sending.encoding import UTF_8, named_encoding

    try:
        encoding = named_encoding(name)
    except (LookupError, UnicodeError):
        raise fail(
            f"--encoding: {name!r} is not an encoding of text; use a name such as utf-16-le or latin-1", 2
        ) from None
    return None if encoding == UTF_8 else encoding
