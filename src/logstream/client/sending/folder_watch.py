"""What tells that something may have changed in folders: inotify, if it is there and tells of all of them; else time.

Folders are watched rather than files, which come, go and change their names. Events are hints: every few seconds all
may have changed, so that one which was missed delays a line by that much and loses none.
"""

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from watchfiles import Change
from watchfiles._rust_notify import RustNotify

from logstream.client.sending.line_source import POLL_SECONDS

ALL_SECONDS: Final = 3.0
"""How often all may have changed though no event says so."""

AGAIN_SECONDS: Final = 1.1
"""How long after names changed all is looked at again: by then, patterns and rotated files are searched once more."""

RETRY_SECONDS: Final = 30.0
"""How often watching is tried again where it failed."""

STEP_SECONDS: Final = 0.04
"""How often the library passes on what inotify has told. Twenty-five times a second cost 0.05 % of a core."""

WORK_SHARE: Final = 0.1
"""The part of the time that events may keep a caller busy, until it looks no more often than without them."""

LOCAL: Final = frozenset(
    {"bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "ntfs3", "overlay", "ramfs", "reiserfs"}
    | {"tmpfs", "vfat", "xfs", "zfs"}
)
"""File systems that nobody writes to but this machine, and so tell of every change."""

INOTIFY: Final = Path("/proc/sys/fs/inotify")

_MAX_LINKS: Final = 40


class FolderWatch:
    """Tells what may have changed. `say` is told why inotify can't be used."""

    def __init__(self, *, stopped: Callable[[], bool] = lambda: False, say: Callable[[str], None]) -> None:
        self._stopping = _Stopping(stopped)
        self._say = say
        self._said = ""
        self._folders: dict[str, tuple[int, int]] = {}
        """What is watched, or should be, each with device and inode."""
        self._events: RustNotify | None = None
        self._is_stale = True
        self._tried_at = 0.0
        self._all_at = 0.0
        self._returned_at = time.monotonic()

    def close(self) -> None:
        if self._events is not None:
            self._events.close()
            self._events = None

    def watch(self, paths: Iterable[str], folders: Iterable[str]) -> None:
        """Watch where these paths are, through all links, or would come; and what comes into these folders."""
        if not INOTIFY.exists():
            return
        wanted = _identities(_places(paths, folders))
        is_failed = self._events is None and time.monotonic() - self._tried_at >= RETRY_SECONDS
        if wanted == self._folders and not self._is_stale and not is_failed:
            return
        self.close()
        self._folders, self._is_stale, self._tried_at = wanted, False, time.monotonic()
        self._all_at = 0.0  # what changed before is not told
        if all(os.access(folder, os.R_OK) and kind in LOCAL for folder, kind in _file_systems(wanted)):
            try:
                self._events = RustNotify(
                    sorted(wanted),
                    debug=False,
                    force_polling=False,
                    poll_delay_ms=0,
                    recursive=False,
                    ignore_permission_denied=False,
                )
            except FileNotFoundError:
                self._is_stale = True
            except (OSError, RuntimeError) as error:
                self._fail(error)

    def next(self, pause: float) -> set[str] | None:
        """Wait up to `pause` seconds. The real paths of what was written to; None if anything may have changed."""
        if self._events is None:
            if pause:
                time.sleep(POLL_SECONDS)
            return None
        if pause:
            spent = time.monotonic() - self._returned_at
            time.sleep(min(POLL_SECONDS, spent / WORK_SHARE))
        changes = self._changes(max(0.0, min(pause, self._all_at - time.monotonic())))
        self._returned_at = now = time.monotonic()
        if changes is None or any(change != Change.modified for change, _ in changes):
            self._all_at = min(self._all_at, now + AGAIN_SECONDS)
            return None
        if now >= self._all_at:
            self._all_at = now + ALL_SECONDS
            return None
        return {path for _, path in changes}

    def _changes(self, seconds: float) -> set[tuple[int, str]] | None:
        assert self._events is not None
        step = round(min(seconds, STEP_SECONDS) * 1000)
        try:
            changes = self._events.watch(0, step, max(1, round(seconds * 1000)), self._stopping)
        except RuntimeError as error:  # such as a name that is not UTF-8
            self.close()
            self._fail(error)
            return None
        if isinstance(changes, str):
            if changes == "signal":
                raise KeyboardInterrupt
            return set()
        self._is_stale |= any(change != Change.modified and path in self._folders for change, path in changes)
        return changes

    def _fail(self, error: Exception) -> None:
        why = str(error).partition(" about [")[0]  # which folders
        if self._said != why:
            self._said = why
            self._say(f"looking for changes every {POLL_SECONDS} s, as inotify fails: {why}")


class _Stopping:
    def __init__(self, stopped: Callable[[], bool]) -> None:
        self.is_set = stopped


def _places(paths: Iterable[str], folders: Iterable[str]) -> set[str]:
    paths = list(paths)
    found: set[str] = set()
    for path in {*folders, *map(os.path.dirname, paths), *filter(os.path.islink, paths)}:
        found.update(_on_the_way(path))
    return found


def _on_the_way(path: str) -> Iterator[str]:
    """The real folders in which something happens when another thing comes to be at `path`, or in the folder there."""
    here, links = "/", 0
    parts = path.split("/")[::-1]
    while parts:
        part = parts.pop()
        if part == "..":
            here = os.path.dirname(here)
        if part in ("", ".", ".."):
            continue
        there = os.path.join(here, part)
        try:
            mode = os.lstat(there).st_mode
        except OSError:
            break
        if stat.S_ISLNK(mode):
            yield here
            links += 1
            if links > _MAX_LINKS:
                return
            try:
                target = os.readlink(there)
            except OSError:
                return
            here = "/" if target.startswith("/") else here
            parts += target.split("/")[::-1]
        elif stat.S_ISDIR(mode):
            here = there
        else:
            break
    yield here


def _identities(folders: Iterable[str]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for folder in folders:
        try:
            status = os.stat(folder)
        except OSError:
            continue  # gone: the next look finds it so
        found[folder] = (status.st_dev, status.st_ino)
    return found


def _file_systems(folders: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each folder with the type of the file system that it is in, "" if unknown. Source: proc_pid_mountinfo(5)."""
    mounts: dict[str, str] = {}
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        lines = []
    for line in lines:
        before, _, behind = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), before.split(" ")[4])
        mounts[point] = behind.split(" ")[0]
    for folder in folders:
        place = folder
        while place not in mounts and place != "/":
            place = os.path.dirname(place)
        yield folder, mounts.get(place, "")
