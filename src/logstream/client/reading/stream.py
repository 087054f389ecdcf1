"""Following `GET /api/logs/stream` for ever: a lost connection is made again, and goes on where it was lost."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import httpx
import msgspec

from logstream.client.http import PASSING, Refused, refusal
from logstream.client.reading.sse_parser import Event, EventParser
from logstream.entries.ids import id_before

SILENCE: Final = 60.0
"""Seconds without a byte after which a connection counts as dead: three of the server's pings."""

FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 5.0
"""Seconds between tries: doubled each time, with full jitter so that many viewers don't come back at once."""

DAY: Final = 86_400.0

STEADY: Final = 5.0
"""A connection that held for so long ends the doubling."""


class Connected(msgspec.Struct):
    """The first event of a stream: the newest entry that was accepted before it."""

    after: str | None = None


class Gap(msgspec.Struct):
    """Entries that were left out before the entry `before`."""

    dropped: int = 0
    before: str = ""


class Following:
    """Follows what passes the filters. `lost` and `found` are called when a connection ended and the next began."""

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        filters: Mapping[str, str],
        *,
        lost: Callable[[], None] = lambda: None,
        found: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._url = f"{url}/api/logs/stream"
        self._filters = dict(filters)
        self._lost = lost
        self._found = found
        self._sleep = sleep
        self._timeout = httpx.Timeout(client.timeout.connect, read=SILENCE)
        self._place: str | None = None

    def events(self) -> Iterator[list[Event]]:
        """Events as they arrive, the first being `connected`; that of later connections is left out.

        Raises Refused, and httpx.TransportError where the first connection can't be made; later ones are tried for
        ever.
        """
        wait = FIRST_WAIT
        away = False
        while True:
            began = time.monotonic()
            asked = 0.0
            try:
                for events in self._connection():
                    if away:
                        away = False
                        self._found()
                    yield events
            except _Later as error:
                if self._place is None:
                    raise error.refusal from None
                asked = error.seconds
            except httpx.TransportError:
                if self._place is None:
                    raise
            if self._place is None:
                raise Refused("the stream ended before it began")
            if not away:
                away = True
                self._lost()
            if time.monotonic() - began > STEADY:
                wait = FIRST_WAIT
            self._sleep(max(asked, random.uniform(0, wait)))
            wait = min(2 * wait, LONGEST_WAIT)

    def _connection(self) -> Iterator[list[Event]]:
        """The events of one connection; an empty list says that it stands."""
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        if self._place is not None:
            headers["Last-Event-ID"] = self._place
        asked = self._client.stream("GET", self._url, params=self._filters, headers=headers, timeout=self._timeout)
        with asked as answer:
            if answer.status_code != 200:
                answer.read()
                if answer.status_code in PASSING:
                    raise _Later(refusal(answer), _retry_after(answer))
                raise refusal(answer)
            if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise Refused("the answer is no event stream; is this a logstream server?")
            parser = EventParser()
            for chunk in answer.iter_raw():
                events = parser.feed(chunk)
                if events and events[0].name == b"connected":
                    events = self._begin(events)
                if events and (ids := [event.id for event in events if event.id]):
                    self._place = ids[-1].decode("ascii", "replace")
                if self._place is not None:
                    yield events

    def _begin(self, events: list[Event]) -> list[Event]:
        """Take note of where live entries begin, unless this connection goes on where another ended."""
        if self._place is not None:
            return events[1:]
        connected = msgspec.json.decode(events[0].data, type=Connected)
        # A server that names none has none of the last days: nothing lies between this bound and what comes.
        self._place = connected.after or id_before(int(time.time() - DAY) * 1000)
        return events


class _Later(Exception):
    """The server can't just now."""

    def __init__(self, refusal: Refused, seconds: float) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.seconds = seconds


def _retry_after(answer: httpx.Response) -> float:
    value = answer.headers.get("Retry-After", "")
    return min(float(value), 60.0) if value.isascii() and value.isdigit() else 0.0
