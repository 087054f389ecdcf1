"""Entries made of what receivers hand over: limits, levels, times and names have one place, whatever the wire format.

Everything but `id` and `created_at`, which `accept` gives out. What is odd is cut or moved to the context, and told.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, cast

import msgspec
from msgspec import Raw

from logstream.entries.entry import (
    LEVEL_ALIASES,
    MAX_APP,
    MAX_BATCH_ID,
    MAX_CATEGORY,
    MAX_TRACE_ID,
    MAX_USER_AGENT,
    NULL,
    LogEntry,
)
from logstream.entries.ids import new_trace_id
from logstream.entries.json_text import compact, context_of, with_member
from logstream.entries.timestamps import WRITTEN_FORM, format_timestamp, is_day, parse_timestamp, utc_now
from logstream.formats.clock import Clock
from logstream.receivers.incoming import EntryError, Fitting, Incoming, OddIncoming, Origin
from logstream.receivers.odd_entries import odd_entry

log = logging.getLogger("logstream")

MAX_ENTRIES: Final = 100_000
"""Entries one request may hold: a 4 MiB body of `{},{},…` would otherwise become 400 MB of journal."""

MAX_DAYS: Final = 366
"""Days the entries of one request may belong to: each is a file that is opened, written and flushed for it."""

MAX_ERRORS: Final = 1000
"""Errors, and warnings, that one answer lists; the rest are counted."""

SLICE: Final = 2000
"""Entries made before the event loop gets its turn again, some 5 ms."""

ODD_SLICE: Final = 200
"""The same, of entries that may be odd."""

MEMBER_BYTES: Final = 200
"""What a member of an odd entry comes to while the entry is made."""

_SECOND: Final = timedelta(seconds=1)
APP_REQUIRED: Final = "app_key and app_id are required"
_ULID: Final = re.compile(rb'"[0-7][0-9A-HJKMNP-TV-Z]{25}"')


class TooManyEntries(ValueError):
    """More than MAX_ENTRIES in one request."""


class TooManyDays(ValueError):
    """The entries of one request belong to more than MAX_DAYS days."""


class AppRequired(ValueError):
    """Neither the request nor any entry names app_key and app_id."""


class Horizon:
    """How far ahead a time may be (MAX_FUTURE): what is further gets the time of receipt.

    `count` is told how many; the log, once.
    """

    def __init__(self, max_future: timedelta, count: Callable[[int], None]) -> None:
        self._max_future = max_future
        self._count = count
        self._said = False
        self._latest = ""
        self._from = self._until = datetime.min

    def latest(self, now: datetime) -> str:
        """The latest time that an entry may state, in the written format; up to a second later than that."""
        if not self._from <= now < self._until:
            self._from = now
            self._until = now + _SECOND
            self._latest = format_timestamp(self._until + self._max_future)
        return self._latest

    def passed(self, received: "Received") -> None:
        """Tell of the entries of a request that stated a later time."""
        if not received.future:
            return
        self._count(received.future)
        if not self._said:
            self._said = True
            entry = received.first_of_future
            log.warning(
                "%s/%s sends times that lie more than MAX_FUTURE ahead: they get the time of receipt, and the original"
                " is kept in context._timestamp; said once, counted in logstream_future_timestamps",
                entry.app_key,
                entry.app_id,
            )


class Received:
    """Entries made from one request, in order, still without ids, and why others were refused."""

    def __init__(
        self,
        entries: Sequence[Fitting | Incoming | EntryError] | Sequence[Raw | bytes],
        origin: Origin,
        batch_id: str | None = None,
        agent: str | None = None,
        *,
        raw: bool = False,
        marked: bool = False,
        odd_batch: bytes = b"",
        warnings: Sequence[str] = (),
    ) -> None:
        """`raw`: the entries are JSON, `marked` that with `mark_constants`; `odd_batch`: a batch id, as JSON, that
        is none and goes to the context of each entry that has no other; `warnings`: what is odd about the request."""
        if len(entries) > MAX_ENTRIES:
            raise too_many(len(entries))
        self._incoming = entries
        self.count = len(entries)
        """How many were sent, good or not."""
        self._raw = raw
        self._marked = marked
        self._origin = origin
        self._batch_id = batch_id
        self._odd_batch = odd_batch
        self._agent = (origin.user_agent or agent or "")[:MAX_USER_AGENT] or None
        self._named = False
        self._refused = 0
        self._warned = 0
        self.entries: list[LogEntry] = []
        self.errors: list[str] = []
        self.warnings = list(warnings)
        """What was cut or moved, as `Entry #i: what`."""
        self.future = 0
        """Entries that stated a time after `latest`."""
        self.first_of_future: LogEntry

    @property
    def overhead(self) -> int:
        """Bytes that the members of the oddest entry come to while it is made."""
        if not self._raw:
            return 0
        return MEMBER_BYTES * max((bytes(cast(Raw, raw)).count(b",") for raw in self._incoming), default=0)

    def make(self, received_at: str, latest: str = "9999") -> Iterator[None]:
        """Make the entries, yielding after every slice. Raises AppRequired or TooManyDays at the end.

        `received_at`, `latest`: when they were received, and the latest time they may state, in the written format.
        """
        self._named = bool((self._origin.client or self._origin.app_key) and self._origin.app_id)
        size = ODD_SLICE if self._raw else SLICE
        clock = Clock(utc_now()) if self._raw else None
        for start in range(0, len(self._incoming), size):
            if start:
                yield
            incoming = cast(Sequence[Fitting | Incoming | EntryError], self._incoming[start : start + size])
            if clock is not None:
                incoming = [odd_entry(bytes(cast(Raw, raw)), clock, self._marked) for raw in incoming]
            self._make_slice(incoming, start, received_at, latest)
        self._incoming = ()  # a request of many entries takes a good part of its memory for them
        if not self._named:
            raise AppRequired(APP_REQUIRED)
        if len(self.entries) > MAX_DAYS and (days := len({entry.timestamp[:10] for entry in self.entries})) > MAX_DAYS:
            raise TooManyDays(f"entries of {days} days; at most {MAX_DAYS} are taken in one request")
        if self._refused > MAX_ERRORS:
            self.errors.append(f"{self._refused - MAX_ERRORS} more entries were refused")
        elif not self.count:
            self.errors.append("No entries")
        if self._warned > MAX_ERRORS:
            self.warnings.append(f"{self._warned - MAX_ERRORS} more warnings")

    def _refuse(self, index: int, why: str) -> None:
        self._refused += 1
        if self._refused <= MAX_ERRORS:
            self.errors.append(f"Entry #{index}: {why}")

    def _warn(self, index: int, what: str) -> None:
        self._warned += 1
        if self._warned <= MAX_ERRORS:
            self.warnings.append(f"Entry #{index}: {what}")

    def _make_slice(
        self, incoming: Sequence[Fitting | Incoming | EntryError], start: int, received_at: str, latest: str
    ) -> None:
        # The hot path, some 1.5 us an entry: local names, no call for what is already as it should be.
        client, origin_key, origin_id = self._origin.client, self._origin.app_key, self._origin.app_id
        batch_id, odd_batch, agent = self._batch_id, self._odd_batch, self._agent
        names_are_long = max(map(len, (client or "", origin_key or "", origin_id or ""))) > MAX_APP
        append, null = self.entries.append, NULL
        aliases = LEVEL_ALIASES
        written = WRITTEN_FORM.fullmatch
        named = False
        for index, entry in enumerate(incoming, start):
            if type(entry) is not Fitting:
                fitting = self._fitted(index, entry)
                if fitting is None:
                    continue
                entry = fitting
            app_key = client or entry.app_key or origin_key
            app_id = entry.app_id or origin_id
            if not app_key or not app_id:
                self._refuse(index, APP_REQUIRED)
                continue
            named = True
            if names_are_long and (len(app_key) > MAX_APP or len(app_id) > MAX_APP):
                self._refuse(index, _too_long(app_key, app_id))
                continue
            context = entry.context
            if context is not null:
                context = context_of(context)
            if odd_batch and not entry.batch_id:
                context = with_member(context, "_batch_id", odd_batch)
            given = entry.level
            level = aliases.get(given) if type(given) is str else None
            if level is None:
                level = level_of(given)
                if level is None:
                    level = "info"
                    context = self._with_level(index, context, given)
            timestamp = entry.timestamp
            if timestamp is None or timestamp == "":
                stamp = received_at
            elif type(timestamp) is str and written(timestamp) and is_day(timestamp[:10]):
                stamp = timestamp
            else:
                moment = parse_timestamp(timestamp)
                if moment is None:
                    stamp = received_at
                    context = with_member(context, "_timestamp", msgspec.json.encode(timestamp))
                    self._warn(index, "timestamp is not understood: moved to context._timestamp")
                else:
                    stamp = format_timestamp(moment)
            made = LogEntry(
                "",
                entry.trace_id or new_trace_id(),
                entry.batch_id or batch_id,
                app_key,
                app_id,
                entry.user_agent or agent,
                level,
                entry.category or "general",
                entry.message or "",
                context,
                stamp,
                "",
            )
            if stamp > latest:
                self._bring_back(index, made, timestamp, received_at)
            append(made)
        self._named = self._named or named

    def _fitted(self, index: int, entry: Fitting | Incoming | EntryError) -> Fitting | None:
        """The entry with every value within its limit; what is longer is cut or moved. None: it can't be stored."""
        if isinstance(entry, EntryError):
            self._refuse(index, str(entry))
            return None
        assert isinstance(entry, Incoming)
        if isinstance(entry, OddIncoming):
            for note in entry.notes:
                self._warn(index, note)
        app_key, app_id = self._origin.client or entry.app_key or "", entry.app_id or ""
        if len(app_key) > MAX_APP or len(app_id) > MAX_APP:
            self._named = True
            self._refuse(index, _too_long(app_key, app_id))
            return None
        context = entry.context if entry.context is NULL else context_of(entry.context)
        if entry.id is not NULL or entry.created_at is not NULL:
            context = self._with_foreign(index, context, entry)
        trace_id, batch_id = entry.trace_id, entry.batch_id
        if trace_id is not None and len(trace_id) > MAX_TRACE_ID:
            context = self._with_id(index, context, "trace_id", trace_id, MAX_TRACE_ID)
            trace_id = None
        if batch_id is not None and len(batch_id) > MAX_BATCH_ID:
            context = self._with_id(index, context, "batch_id", batch_id, MAX_BATCH_ID)
            batch_id = None
        user_agent, category = entry.user_agent, entry.category
        if user_agent is not None and len(user_agent) > MAX_USER_AGENT:
            self._warn(index, f"user_agent has {len(user_agent)} characters: cut to {MAX_USER_AGENT}")
            user_agent = user_agent[:MAX_USER_AGENT]
        if category is not None and len(category) > MAX_CATEGORY:
            self._warn(index, f"category has {len(category)} characters: cut to {MAX_CATEGORY}")
            category = category[:MAX_CATEGORY]
        return Fitting(
            trace_id,
            batch_id,
            entry.app_key,
            entry.app_id,
            user_agent,
            entry.level,
            category,
            entry.message,
            context,
            entry.timestamp,
        )

    def _bring_back(self, index: int, entry: LogEntry, timestamp: object, received_at: str) -> None:
        """A time too far ahead becomes that of receipt."""
        entry.context = with_member(entry.context, "_timestamp", msgspec.json.encode(timestamp))
        entry.timestamp = received_at
        self._warn(index, "timestamp is too far ahead: moved to context._timestamp")
        if not self.future:
            self.first_of_future = entry
        self.future += 1

    def _with_id(self, index: int, context: Raw, name: str, value: str, most: int) -> Raw:
        """An id that is cut names something else: one that is too long goes to the context."""
        self._warn(index, f"{name} has {len(value)} characters, at most {most} are allowed: moved to context._{name}")
        return with_member(context, "_" + name, msgspec.json.encode(value))

    def _with_level(self, index: int, context: Raw, given: object) -> Raw:
        if given is None or given == "":
            return context
        self._warn(index, "level is not understood: moved to context._level")
        return with_member(context, "_level", msgspec.json.encode(given))

    def _with_foreign(self, index: int, context: Raw, entry: Incoming) -> Raw:
        """`id` and `created_at` are the server's: those of an entry of ours are replaced, others kept."""
        if _ULID.fullmatch(bytes(entry.id)):
            return context
        for name, raw in (("id", bytes(entry.id)), ("created_at", bytes(entry.created_at))):
            if raw not in (b"null", b'""'):
                self._warn(index, f"{name} is given by the server: moved to context._{name}")
                context = with_member(context, "_" + name, compact(raw))
        return context


def level_of(value: object) -> str | None:
    """The level that a client's word or syslog number means; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return LEVEL_ALIASES.get(str(value).strip().lower())


def too_many(count: int) -> TooManyEntries:
    return TooManyEntries(f"{count} entries; at most {MAX_ENTRIES} are taken in one request")


def _too_long(app_key: str, app_id: str) -> str:
    name, value = ("app_key", app_key) if len(app_key) > MAX_APP else ("app_id", app_id)
    return f"{name} has {len(value)} characters; at most {MAX_APP} are allowed"


async def made(received: Received, horizon: Horizon) -> str:
    """Make the entries, giving the event loop its turn after every slice; when they were received.

    "" when that took a while, and is no longer now. Raises AppRequired or TooManyDays.
    """
    now = utc_now()
    created_at = format_timestamp(now)
    for _ in received.make(created_at, horizon.latest(now)):
        await asyncio.sleep(0)
        created_at = ""
    horizon.passed(received)
    return created_at
