"""What one viewer gets of the entries given out, and what it is told about those it doesn't get."""

from collections.abc import Callable, Sequence

from logstream.live.chunks import Chunk
from logstream.live.connection import Connection
from logstream.live.held import Gap, Held
from logstream.query.conditions import Condition


class Viewer:
    __slots__ = (
        "_dropped",
        "_held",
        "_last_id",
        "_missed",
        "_missed_before",
        "_newest",
        "_newest_id",
        "connection",
        "message_max",
        "on_gap",
        "peer",
        "since",
        "where",
    )

    def __init__(self, connection: Connection, peer: str = "") -> None:
        self.connection = connection
        self.message_max: int | None = None
        """Characters of a message that it gets, see entry.cut; to be set before it comes into the hub."""
        self.peer = peer
        """Who it is, for its fair part of the memory."""
        connection.on_resume = self._catch_up
        self.where: tuple[Condition, ...] = ()
        """The filter; the hub's to change."""
        self.since = ""
        """Entries up to this place in the order of acceptance are none of its business; the hub's to change."""
        self.on_gap: Callable[[int], None] = lambda dropped: None
        """Called with the number of entries left out, whenever the viewer is told of some; the hub's to change."""
        self._last_id: str | None = None
        """The last entry that was written."""
        self._dropped = 0
        """Entries left out since this viewer fell behind, the newest of them included."""
        self._newest_id: str | None = None
        self._newest = b""
        """The newest entry left out, ready to be written."""
        self._missed = 0
        """Entries that nobody could look at since then, all before the entry `_missed_before`."""
        self._missed_before = ""
        self._held: Held | None = None

    def take(self, chunks: Sequence[Chunk]) -> None:
        """Write these live entries, or keep them for later, or count them as dropped."""
        connection = self.connection
        for chunk in chunks:
            if chunk.position <= self.since:
                continue
            if self._held is not None:
                self._held.keep(chunk)
            elif connection.behind:
                self._dropped += self._missed + chunk.entry_count
                self._missed = 0
                self._newest_id, self._newest = chunk.last_id, chunk.last
            elif connection.write(chunk.data):
                self._last_id = chunk.last_id

    def miss(self, gap: Gap) -> None:
        """Entries that nobody could look at are missing, matching or not."""
        if gap.position <= self.since or self.connection.closing:
            return
        if self._held is not None:
            self._held.keep(gap)
        elif self.connection.behind:
            self._missed += gap.dropped
            self._missed_before = gap.before
        else:
            self.tell_gap(gap.dropped, gap.after, gap.before)

    @property
    def holding(self) -> bool:
        """Whether live entries are kept back."""
        return self._held is not None

    def hold(self) -> None:
        """Keep live entries back from now on, until `release`: older ones are on their way."""
        self._held = Held(self.connection.bound)

    def release(self) -> bool:
        """Go live with what was held back; False when it was too much, and was dropped."""
        held, self._held = self._held, None
        if held is None or held.overflowed:
            return False
        for item in held.items:
            if isinstance(item, Chunk):
                self.take([item])
            else:
                self.miss(item)
        return True

    async def replay(self, chunks: Sequence[Chunk]) -> None:
        """Write older entries, waiting as long as the peer needs. Raises ConnectionError when it has gone."""
        for chunk in chunks:
            if not self.connection.write(chunk.data):
                raise ConnectionError("the viewer has gone")
            self._last_id = chunk.last_id
            if self.connection.behind:
                await self.connection.caught_up()

    def tell_gap(self, dropped: int, after: str | None, before: str) -> None:
        """Write that these entries are left out."""
        self.connection.write(self._gap(dropped, after, before))

    @property
    def waiting(self) -> int:
        """Bytes that wait for the peer, or are kept back."""
        return self.connection.waiting + (self._held.size if self._held is not None else 0)

    def _catch_up(self) -> None:
        """The peer can take more: tell what was dropped and go on with the newest entry, and what was missed since.

        The newest is kept for this moment, so that neither it nor a gap waits for the next entry to arrive.
        """
        newest_id, newest, dropped = self._newest_id, self._newest, self._dropped
        self._newest_id, self._newest, self._dropped = None, b"", 0
        said = b""
        if newest_id is not None:
            said = self._gap(dropped - 1, self._last_id, newest_id) if dropped > 1 else b""
            said += newest
            self._last_id = newest_id
        if self._missed:
            said += self._gap(self._missed, self._last_id, self._missed_before)
            self._missed = 0
        if said:
            self.connection.write(said)

    def _gap(self, dropped: int, after: str | None, before: str) -> bytes:
        self.on_gap(dropped)
        return self.connection.format.gap(dropped, after, before)
