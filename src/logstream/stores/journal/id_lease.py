"""The lease on ids: up to which of them may have been given out, on disk before any of them is acknowledged.

What is stored can't tell: what was pruned is gone, the PHP server's ids don't sort, and a viewer may have been told an
id that was never stored. So new ids begin behind the lease of the last run, whatever the clock says. It reaches some
seconds ahead, so that it is rarely written.
"""

import contextlib
import threading
import time
import zlib
from pathlib import Path
from typing import Final

import msgspec

from logstream.entries.ids import decode, encode
from logstream.stores.journal.flushed_file import replace_durably

AHEAD: Final = 10_000
"""Milliseconds. By so much at most are ids ahead of the clock after a restart."""

_RANDOM_BITS: Final = 80


class _Kept(msgspec.Struct, frozen=True):
    until: str
    crc: int


class IdLease:
    """The lease in the file `path`. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.last_id: str | None = None
        """The greatest id that an earlier run may have given out; None when that is not known."""
        self.bound = ""
        """Ids up to this one are covered."""

    def open(self) -> str | None:
        """Read what an earlier run left; returns what is wrong with it, if anything."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
            decode(kept.until)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, ValueError) as error:
            return f"{self._path} can't be read, ids go on from the entries: {error}"
        if zlib.crc32(kept.until.encode()) != kept.crc:
            return f"{self._path} is damaged, ids go on from the entries"
        self.last_id = self.bound = kept.until
        return None

    def cover(self, last_id: str) -> None:
        """Return when an earlier run is known to have given out `last_id`, whatever happens. Raises OSError."""
        if last_id > self.bound:
            with self._lock:
                self._extend(last_id)

    def begin(self) -> None:
        """Cover what is given out next. Raises OSError."""
        with self._lock:
            self._extend("")

    def is_short(self, last_id: str) -> bool:
        """Whether it is time to `begin` anew, so that nobody has to wait."""
        return bool(self.bound) and _milliseconds(last_id) > _milliseconds(self.bound) - AHEAD // 2

    def _extend(self, last_id: str) -> None:
        given = _milliseconds(last_id)
        # While the clock is behind the ids, these count up within their millisecond, and that is covered as a whole.
        until = max(time.time_ns() // 1_000_000 + AHEAD, given, _milliseconds(self.bound))
        bound = encode(((until + 1) << _RANDOM_BITS) - 1)
        if bound > self.bound:
            replace_durably(self._path, msgspec.json.encode(_Kept(bound, zlib.crc32(bound.encode()))))
            self.bound = bound


def _milliseconds(entry_id: str) -> int:
    with contextlib.suppress(ValueError):
        return decode(entry_id) >> _RANDOM_BITS
    return 0
