"""Whether a peer is still there: it answers a ping, or it takes what was written before the ping.

A slow peer can't answer a ping that is stuck behind entries, so while some are ahead of it, taking them is answer
enough.
"""


class Liveness:
    """Counts in bytes since the connection began: `written` by us, and `taken` of them by the peer's system."""

    __slots__ = ("_ahead", "_pinged_at")

    def __init__(self) -> None:
        self._pinged_at: int | None = None  # `written` ahead of a ping that is not answered
        self._ahead = 0  # what the peer had yet to take before that ping, when last looked

    @property
    def unanswered(self) -> bool:
        """Whether the peer has given no sign of life since the last ping."""
        return self._pinged_at is not None

    def heard(self) -> None:
        self._pinged_at = None

    def ping(self, written: int, taken: int) -> None:
        """A ping is about to be written."""
        self._pinged_at, self._ahead = written, written - taken

    def stalled(self, taken: int) -> bool:
        """Whether the peer has taken nothing of what is ahead of the unanswered ping since this was last asked."""
        if self._pinged_at is None:
            return False
        ahead = max(0, self._pinged_at - taken)
        stalled = ahead >= self._ahead
        self._ahead = ahead
        return stalled
