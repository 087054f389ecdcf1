"""What is asked of a database behind a spool."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from logstream.store import StoreUnavailable


class DatabaseRefused(Exception):
    """The database can't be used as it is or with these settings; the text says why, and what to look at."""


class Away(Exception):
    """The database can't be used now. The text is the reason for everybody, `detail` for the operator's log.

    `refusal` is what to say where the settings are the cause, which waiting does not mend.
    """

    def __init__(self, reason: str, detail: str, refusal: DatabaseRefused | None = None) -> None:
        super().__init__(reason)
        self.detail = detail
        self.refusal = refusal

    @property
    def fault(self) -> Exception:
        """What to raise where no spool stands before the database."""
        return self.refusal or StoreUnavailable(str(self), retry_after=5)


class Tended(Protocol):
    """A database. Every method may raise Away."""

    async def prepare(self) -> None:
        """Make it ready to be used, once; a migration takes its time. Raises DatabaseRefused."""

    async def takes_writes(self) -> bool:
        """Whether it takes writes; it answers, at any rate."""

    async def drain(self, on_portion: Callable[[], Awaitable[None]]) -> None:
        """Write what the spool holds to it, until that is empty; `on_portion` is called after every portion."""

    async def tidy(self) -> None:
        """Remove what is outdated; from time to time."""
