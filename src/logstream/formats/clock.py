"""What is known about the times of one source: its zone, what its ambiguous names mean, and how late it can be.

A clock belongs to one source and remembers: a time without a year never runs backwards within a file and never lies
after the file's own time, and the order of `03/01/2024` is known once a `13/01/2024` was seen.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from logstream.formats.zones import AMBIGUOUS, zone_of

AHEAD: Final = timedelta(days=1)
"""How far a time without a year may be ahead before it is taken for one of last year: a clock elsewhere may be wrong,
and the zone of a file another than is thought."""

BACKWARDS: Final = 31
"""Days that the lines of a file may step back, as when a clock was wrong, before that means a new year."""


class Clock:
    """`now`: the moment of reading, naive UTC or aware. `zone`: that of times without one, None for this machine's.

    `zones`: what ambiguous names mean. `day_first`: whether `03/01/2024` is in January; None: not known. `until`: when
    the source was last written to, where that is known. `year`: that of the first line without one, where it is known
    (see `years`).
    """

    __slots__ = (
        "_days",
        "_last",
        "_limit",
        "_named",
        "_time_of_limit",
        "_times",
        "day_first",
        "minute_without_year",
        "minutes",
        "until",
        "year",
        "zone",
        "zones",
    )

    def __init__(
        self,
        now: datetime,
        *,
        zone: tzinfo | None = UTC,
        zones: Mapping[str, tzinfo] | None = None,
        day_first: bool | None = None,
        until: datetime | None = None,
        year: int | None = None,
    ) -> None:
        self.zone = zone
        self.zones = dict(zones or {})
        self.day_first = day_first
        self.until = until
        self.year = year
        self.minutes: dict[str, str] = {}
        """The minutes of this zone's clock (`YYYY-MM-DD HH:MM`) that were met, in UTC."""
        self.minute_without_year = ("", "")
        """The last minute that had no year (`Mar  1 01:02`), and it in UTC."""
        self._last = 0
        self._named: dict[tuple[str, bool], tzinfo | None] = {}
        self._days: dict[tuple[int, int], tuple[str | None, str | None]] = {}
        self._limit = datetime.min
        self._time_of_limit = ""
        self._times = ("", "", "")
        self.set(now)

    def set(self, now: datetime) -> None:
        """Time has passed. Costs as much as reading a line: for chunks of lines, not for every one."""
        limit = self._local((now if self.until is None else self.until) + AHEAD)
        today = self._local(now + timedelta(hours=1) if self.until is None else self.until)
        if limit.replace(microsecond=0) == self._limit.replace(microsecond=0):
            return
        if limit.date() != self._limit.date():
            self._days.clear()
        self._limit = limit
        self.minute_without_year = ("", "")
        self._time_of_limit = f"{limit:%H:%M:%S}"
        self._times = (
            f"{today:%H:%M:%S}",
            today.date().isoformat(),
            (today.date() - timedelta(days=1)).isoformat(),
        )

    def _local(self, moment: datetime) -> datetime:
        """The naive time that a clock in this zone shows."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def zone_named(self, name: str, american: bool) -> tzinfo | None:
        """The zone that stands behind a time; the clock's own where it is ambiguous or unknown."""
        key = (name, american)
        try:
            return self._named[key]
        except KeyError:
            found = self.zones.get(name) or zone_of(name, american=american) or self.zone
            if len(self._named) > 1000:
                self._named.clear()
            self._named[key] = found
            return found

    def is_ambiguous(self, name: str, american: bool) -> bool:
        return name in AMBIGUOUS and name not in self.zones and zone_of(name, american=american) is None

    def day_without_year(self, month: int, day: int, time: str) -> str | None:
        """`YYYY-MM-DD` of such a day at `time` (HH:MM:SS); None where no calendar has it."""
        if self.year is not None:
            return self._following(month, day)
        early, late = self._days.get((month, day)) or self._recent(month, day)
        return early if time <= self._time_of_limit else late

    def day_of_time(self, time: str) -> str:
        """The day of a time of day (HH:MM:SS) that comes without one."""
        until, today, yesterday = self._times
        return today if time <= until else yesterday

    def _following(self, month: int, day: int) -> str | None:
        """The day in the year in which the lines of the file have arrived."""
        assert self.year is not None
        number = month * 31 + day
        if number < self._last - BACKWARDS and _exists(self.year + 1, month, day, self._limit.date()):
            self.year += 1
            self._last = number
        self._last = max(self._last, number)
        for year in (self.year, self.year - 1):
            found = _exists(year, month, day, self._limit.date())
            if found is not None:
                return found
        return _latest(month, day, self._limit.date())

    def _recent(self, month: int, day: int) -> tuple[str | None, str | None]:
        """The latest such day for a time of day up to that of the limit, and for a later one."""
        until = self._limit.date()
        found = _latest(month, day, until), _latest(month, day, until - timedelta(days=1))
        self._days[month, day] = found
        return found


def _exists(year: int, month: int, day: int, until: date) -> str | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found.isoformat() if found <= until else None


def _latest(month: int, day: int, until: date) -> str | None:
    """Eight years back reach a 29 February even across 2100, which has none."""
    for year in range(until.year, until.year - 9, -1):
        found = _exists(year, month, day, until)
        if found is not None:
            return found
    return None
