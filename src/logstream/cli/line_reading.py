"""How `logstream send` reads lines, as its options say."""

import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from logstream.cli.stderr import fail

if TYPE_CHECKING:
    from logstream.formats.stream import Stream


class LineReading:
    """The options, checked. Raises typer.Exit for one that can't be used."""

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
                raise fail(f"--multiline: {multiline!r} is not a regular expression: {error}", 2) from None

    def stream(self, paths: list[Path]) -> "Stream":
        """The entries of a source; of a file that is read once and whole, it also matters when it was written."""
        from logstream.formats.clock import Clock
        from logstream.formats.stream import Stream

        until = year = None
        if len(paths) == 1 and str(paths[0]) != "-":
            until = datetime.fromtimestamp(paths[0].stat().st_mtime, UTC)
            year = _first_year(paths[0], until, self._zone)
        clock = Clock(
            datetime.now(UTC), zone=self._zone, zones=self._zones, day_first=self._day_first, until=until, year=year
        )
        return Stream(clock, category=self._category, multiline=self._multiline)


def _zone(name: str, option: str) -> tzinfo:
    from logstream.formats.zones import named_zone

    zone = named_zone(name)
    if zone is None:
        raise fail(f"{option}: {name!r} is not a time zone; use a name such as Europe/Berlin, UTC or +02:00", 2)
    return zone


def _first_year(path: Path, until: datetime, zone: tzinfo | None) -> int | None:
    from logstream.client.sending.line_source import CHUNK
    from logstream.formats.years import first_year

    try:
        with path.open("rb") as file:
            return first_year(iter(lambda: file.read(CHUNK), b""), until, zone)
    except OSError:
        return None  # reading it says why
