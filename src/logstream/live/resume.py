"""Sending a viewer what it missed, and then live entries, with nothing lost and nothing twice.

Entries are published in the order of acceptance, so the place in it of the last one that was published says exactly
where the stored entries end and the live ones begin. While older entries are on their way, live ones are held back; if
those become too many they are dropped and fetched like the older ones. Where an id stands in that order the store says;
for one that it can't place, the viewer is told of a gap.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final, Protocol

from logstream.entries.entry import LogEntry, encode_entry
from logstream.entries.ids import LAST_ID
from logstream.live.chunks import Chunk, chunks
from logstream.live.close_codes import TRY_AGAIN_LATER
from logstream.live.hub import Hub
from logstream.live.viewer import Viewer
from logstream.memory import NoRoom
from logstream.query.conditions import Accepted, LogQuery
from logstream.query.results import Page
from logstream.store import StoreUnavailable

log = logging.getLogger("logstream")

MAX_RESUMED: Final = 10_000
"""Entries that are sent; when more were missed, a gap stands for the rest."""

READER_BYTES: Final = 4 * 1024 * 1024
"""What reading everything that matches takes: a portion as entries, encoded, and on its way."""

REACH_SECONDS: Final = 5.0
REACH_PAUSE: Final = 0.005
"""How long a viewer waits for entries that another server has acknowledged and this one is still to hand on."""

WAIT_SECONDS: Final = 30
"""How long a viewer that comes back waits for its turn: after a restart all come at once."""


class History(Protocol):
    """The part of a store that this takes."""

    async def position_of(self, entry_id: str) -> str | None: ...

    async def search(self, query: LogQuery) -> Page: ...

    def whole(self, page: Page) -> AsyncIterator[Sequence[LogEntry]]: ...

    def scan(self, query: LogQuery) -> AsyncIterator[Sequence[LogEntry]]: ...


async def resume(hub: Hub, viewer: Viewer, history: History, after: str) -> None:
    """Send the viewer, which is in the hub and holds live entries back, what was stored after the entry `after`.

    Returns when the viewer is live. Raises StoreUnavailable when the store can't be searched, ConnectionError when the
    viewer has gone; the viewer must then be sent away, for it does not know what it missed.
    """
    room = MAX_RESUMED
    last_id = after.upper()
    place = await history.position_of(last_id)
    if place is None:
        await _skip_unplaced(viewer, history, last_id)
        place = viewer.since
    elif place > viewer.since:  # of an entry that is still on its way to the hub
        place = await _reached(hub, viewer, place)
    while True:
        until = viewer.since
        if place < until:
            place, last_id, room = await _send(hub, viewer, history, place, last_id, room)
        if place < until or viewer.since != until:
            continue  # a new filter came meanwhile, and with it a new place from which on entries are held
        if viewer.release():
            return
        hub.hold(viewer)


async def _reached(hub: Hub, viewer: Viewer, place: str) -> str:
    """Hold live entries back only once the hub has come to this place; returns it."""
    until = time.monotonic() + REACH_SECONDS
    while hub.position < place:
        if time.monotonic() > until:
            raise StoreUnavailable("this server is behind what is stored")
        await asyncio.sleep(REACH_PAUSE)
    hub.hold(viewer)
    return place


async def _send(
    hub: Hub, viewer: Viewer, history: History, after: str, last_id: str, room: int
) -> tuple[str, str, int]:
    """Send what lies between a place, of the entry `last_id`, and the first that is held back.

    Returns up to where that is, the last entry sent, and how many more may be sent.
    """
    where, until = viewer.where, viewer.since
    missed, cut = [*where, Accepted(after, until)], viewer.message_max
    query = LogQuery(missed, ascending=True, by_id=True, limit=room + 1, counted=False, message_max=cut)
    portions = history.scan(query)
    while True:
        async with hub.resuming:  # after a restart all viewers come back at once
            portion = await anext(portions, None)
        if portion is None:
            return until, last_id, room
        more = len(portion) > room
        entries = portion[:room]
        if entries:
            last_id = entries[-1].id
            room -= len(entries)
            encoded = _encoded(viewer, entries)
            del entries, portion  # the viewer may take its time
            await viewer.replay(encoded)
        if viewer.where != where:
            return await history.position_of(last_id) or until, last_id, room
        if more:
            after = await history.position_of(last_id) or after
            await _skip(viewer, history, after, last_id, until)
            return until, last_id, room


async def _skip(viewer: Viewer, history: History, after: str, last_id: str, until: str) -> None:
    """Too much was missed behind a place, that of the entry `last_id`: tell how much, and send the newest of it."""
    query = LogQuery([*viewer.where, Accepted(after, until)], by_id=True, limit=1, message_max=viewer.message_max)
    page = await history.search(query)
    if not page.entries:
        return
    newest = page.entries if page.is_whole else [entry async for part in history.whole(page) for entry in part]
    dropped = (page.total or 1) - len(newest)
    if dropped:
        viewer.tell_gap(dropped, last_id, page.entries[0].id)
    if newest:  # else it was pruned meanwhile
        await viewer.replay(_encoded(viewer, newest))


async def _skip_unplaced(viewer: Viewer, history: History, last_id: str) -> None:
    """Nobody can say what came after this id: tell of a gap of all that have a greater one, and send none of them."""
    query = LogQuery([*viewer.where, Accepted(last_id, LAST_ID)], by_id=True, limit=1, message_max=0)
    page = await history.search(query)
    before = page.entries[0].id if page.entries else last_id
    viewer.tell_gap(page.total or len(page.entries), last_id, before)


def _encoded(viewer: Viewer, entries: Sequence[LogEntry]) -> list[Chunk]:
    return chunks(viewer.connection.format, [encode_entry(entry) for entry in entries], entries)


def start_resuming(hub: Hub, viewer: Viewer, history: History, after: str) -> asyncio.Task[None]:
    """Resume a viewer that is in the hub, beside all else; to be cancelled when the viewer goes.

    One that can't be sent what it missed is sent away, to come again.
    """
    hub.hold(viewer)
    return asyncio.ensure_future(_resume_or_send_away(hub, viewer, history, after))


async def _resume_or_send_away(hub: Hub, viewer: Viewer, history: History, after: str) -> None:
    loan = hub.readers.loan(viewer.peer)
    try:
        await loan.wait(READER_BYTES, WAIT_SECONDS)
        await resume(hub, viewer, history, after)
    except ConnectionError:
        pass
    except (StoreUnavailable, NoRoom) as error:
        log.warning("a viewer could not resume: %s", error)
        viewer.connection.close(TRY_AGAIN_LATER, str(error))
    except Exception:  # else it would wait for ever, without a word
        log.exception("a viewer could not resume")
        viewer.connection.close(TRY_AGAIN_LATER)
    finally:
        loan.end()
