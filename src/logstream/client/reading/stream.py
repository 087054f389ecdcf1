"""Following `GET /api/logs/stream` for ever: a lost connection is made again, and goes on where it was lost."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import httpx
import msgspec

from logstream.client.http import Backoff, Refused, refusal
from logstream.client.reading.sse_parser import Event, EventParser
from logstream.entries.ids import id_before

SILENCE: Final = 60.0
"""Seconds without a byte after which a connection counts as dead: three of the server's pings."""

LONGEST_PAUSE: Final = 5.0
"""Seconds between tries, at most."""

DAY: Final = 86_400.0

STEADY: Final = 5.0
"""Seconds that a connection must have held to begin with short pauses again."""


class Connected(msgspec.Struct):
    """The first event of a stream: the newest entry that was accepted before it."""

    after: str | None = None


class Gap(msgspec.Struct):
    """Entries that were left out before the entry `before`."""

    dropped: int = 0
    before: str = ""


class StreamFollower:
    """Follows what passes the filters. `lost` is called when a connection ended, `reconnected` when the next began."""

    def __init__(
        self,
        client: httpx.Client,
        url: str,
        filters: Mapping[str, Sequence[str]],
        *,
        lost: Callable[[], None] = lambda: None,
        reconnected: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._url = f"{url}/api/logs/stream"
        self._filters = dict(filters)
        self._lost = lost
        self._reconnected = reconnected
        self._sleep = sleep
        self._timeout = httpx.Timeout(client.timeout.connect, read=SILENCE)
        self._last_id: str | None = None
        """Of the last entry that arrived, or that is older than all that will; None before the first connection."""

    def events(self) -> Iterator[list[Event]]:
        """Events as they arrive, the first being `connected`; that of later connections is left out.

        Raises Refused, and httpx.TransportError where the first connection can't be made; later ones are tried for
        ever.
        """
        backoff = Backoff(LONGEST_PAUSE)
        is_away = False
        while True:
            began = time.monotonic()
            asked = 0.0
            try:
                for events in self._connection():
                    if is_away:
                        is_away = False
                        self._reconnected()
                    yield events
            except Refused as error:
                if self._last_id is None or not error.is_transient:
                    raise
                asked = error.retry_after
            except httpx.TransportError:
                if self._last_id is None:
                    raise
            if self._last_id is None:
                raise Refused("the stream ended before it began")
            if not is_away:
                is_away = True
                self._lost()
            if time.monotonic() - began > STEADY:
                backoff.reset()
            self._sleep(backoff.pause(asked))

    def _connection(self) -> Iterator[list[Event]]:
        """The events of one connection; an empty list says that it stands."""
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id
        stream = self._client.stream("GET", self._url, params=self._filters, headers=headers, timeout=self._timeout)
        with stream as answer:
            if answer.status_code != 200:
                answer.read()
                raise refusal(answer)
            if not answer.headers.get("Content-Type", "").startswith("text/event-stream"):
                raise Refused("the answer is not an event stream; is this a logstream server?")
            parser = EventParser()
            for chunk in answer.iter_raw():
                events = parser.feed(chunk)
                if events and events[0].name == b"connected":
                    events = self._begin(events)
                ids = [event.id for event in events if event.id]
                if ids:
                    self._last_id = ids[-1].decode("ascii", "replace")
                if self._last_id is not None:
                    yield events

    def _begin(self, events: list[Event]) -> list[Event]:
        """Take note of where live entries begin, unless this connection goes on where another ended."""
        if self._last_id is not None:
            return events[1:]
        connected = msgspec.json.decode(events[0].data, type=Connected)
        # A server that names none has none of the last days: nothing lies between this bound and what comes.
        self._last_id = connected.after or id_before(int(time.time() - DAY) * 1000)
        return events
