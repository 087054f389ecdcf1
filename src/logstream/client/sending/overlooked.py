"""Files that took a followed one's place and left it while nobody looked: rotated ones beside it that nobody has read.

All of them are judged by their content, once: a listing made while files are renamed may lack some, so which of them is
the latest says nothing about the others.
"""

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from logstream.client.sending.content import Content
from logstream.client.sending.positions import KEEP_SECONDS, Position, State
from logstream.client.sending.rotation import Verdict, judge, rotated_files

Identity = tuple[int, int]
"""Device and inode."""

Looks = tuple[int, int, int, int]


class Overlooked:
    """Beside files that are followed since `began`, in ns. `sends_all`: what was there before is sent as well."""

    def __init__(self, state: State, *, began: int, sends_all: bool) -> None:
        self._state = state
        self._began = began
        self._sends_all = sends_all
        self._known_before = {position.path for position in state.known.values()}
        """The paths of files that an earlier run has followed."""
        self._judged: set[Looks] = set()
        """Rotated files that are known."""

    def candidates(
        self, path: str, is_open: Callable[[Identity], bool], names: list[str] | None = None
    ) -> list[tuple[Path, os.stat_result]]:
        """Rotated files of `path` that may have been missed. `names`: all in its folder, sorted, if they are known."""
        rotated_ones = rotated_files(Path(path), names)
        if not rotated_ones:
            return []
        since = self._since(path)
        return [
            (rotated, status)
            for rotated, status in rotated_ones
            if status.st_mtime_ns >= since
            and looks(status) not in self._judged
            and not is_open((status.st_dev, status.st_ino))
        ]

    def missed(self, path: str, candidates: list[tuple[Path, os.stat_result]]) -> Iterator[Content]:
        """Those that were, open."""
        for rotated, status in candidates:
            with contextlib.suppress(OSError):
                content = Content(rotated)
                now = content.status
                is_same = (now.st_dev, now.st_ino) == (status.st_dev, status.st_ino)
                verdict = judge(content, self._known_of(path)) if is_same else Verdict.UNSETTLED
                if verdict is Verdict.NEW:
                    yield content
                    continue
                content.close()
                if verdict is Verdict.KNOWN:
                    self._judged.add(looks(now))

    def _since(self, path: str) -> float:
        """Rotated files last written to before this time, in ns, are not to be read: they were, or it is too late."""
        since = min((position.modified for position in self._known_of(path)), default=math.inf)
        if path not in self._known_before and self._sends_all:
            since = min(since, max(self._began, time.time_ns() - KEEP_SECONDS * 500_000_000))  # not yet forgotten
        return since

    def _known_of(self, path: str) -> list[Position]:
        return [position for position in self._state.known.values() if position.path == path]


def looks(status: os.stat_result) -> Looks:
    """By which it is told whether a file is still as it was."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
