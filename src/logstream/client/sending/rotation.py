"""Where files go when they are rotated: renamed, copied and cut, compressed, in the folder in which they were.

A file's name alone says little, and inodes are used again: what a file is, its content says.
"""

import contextlib
import os
import re
import stat
import time
from bisect import bisect_left
from collections.abc import Iterable
from enum import Enum, auto
from pathlib import Path
from typing import Final

from logstream.client.sending.content import Content
from logstream.client.sending.positions import Position
from logstream.client.sending.unpacking import ERRORS

SETTLED_SECONDS: Final = 10.0
"""A file that was not written to for so long is no copy in the making: damaged, it is read as far as it goes."""

_ARCHIVE: Final = r"(?:\.(?:gz|zst|bz2|xz))?"
_STAMP: Final = r"[.\-_]\d[\d\-_.:T]*"


def is_rotated_name(name: str, of: str) -> bool:
    """`app.log.1`, `app.log-20261126.gz`, `app-20261126.log`, `app.log.old` of `app.log`."""
    stem, suffix = os.path.splitext(of)
    before, behind = re.escape(stem), re.escape(suffix)
    pattern = rf"{before}{behind}(?:{_STAMP}|\.old|\.bak|\.prev)?{_ARCHIVE}|{before}{_STAMP}{behind}{_ARCHIVE}"
    return name != of and re.fullmatch(pattern, name) is not None


def names_in(folder: Path) -> list[str]:
    """Sorted; none if the folder can't be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def rotated_files(path: Path, names: list[str] | None = None) -> list[tuple[Path, os.stat_result]]:
    """The files beside `path` that look like earlier ones of it: plain ones first, the oldest first.

    `names`: those in its folder, sorted, where many files in one are looked at.
    """
    found: list[tuple[Path, os.stat_result]] = []
    names = names_in(path.parent) if names is None else names
    for index in range(bisect_left(names, path.stem), len(names)):
        name = names[index]
        if not name.startswith(path.stem):
            break
        if is_rotated_name(name, path.name):
            with contextlib.suppress(OSError):
                status = os.stat(path.with_name(name))
                if stat.S_ISREG(status.st_mode):
                    found.append((path.with_name(name), status))
    return sorted(found, key=lambda one: (one[0].suffix in _SUFFIXES, one[1].st_mtime_ns))


_SUFFIXES: Final = (".gz", ".zst", ".bz2", ".xz")


def content_at(path: Path, position: Position) -> Content | None:
    """The file at `path`, opened at that position, if it is the one, or a copy of it."""
    content: Content | None = None
    try:
        content = Content(path)
        if content.is_at(position):
            return content
    except ERRORS:
        pass
    if content is not None:
        content.close()
    return None


def find_rest(position: Position, *, read: Position | None = None) -> Content | None:
    """The rest of a file that is no longer at its place, or was cut, opened at that position.

    `read`: up to where it was read, by which a copy is known best; else no further than the position.
    """
    path, read = Path(position.path), read or position
    for _ in range(_SEARCHES):
        files = _files_in(path.parent)
        renamed = [path.with_name(name) for name, inode in files.items() if inode == position.inode]
        copies = [one for one, _ in rotated_files(path)] if read.first_size else []
        for candidate in [*renamed, *copies]:
            if candidate == path or (content := content_at(candidate, read)) is None:
                continue
            if content.is_at(position):
                return content
            content.close()
        if files == _files_in(path.parent):
            break
    return None


_SEARCHES: Final = 100
"""How often a search is begun anew because files were renamed during it, from names still to come to names that were
tried."""


def _files_in(folder: Path) -> dict[str, int]:
    """The inode by name; none if the folder can't be read."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.inode() for entry in entries}
    except OSError:
        return {}


class Verdict(Enum):
    """What a rotated file is."""

    KNOWN = auto()
    NEW = auto()
    UNSETTLED = auto()
    """It is being copied, or compressed: to be looked at again."""


def judge(content: Content, positions: Iterable[Position]) -> Verdict:
    """Whether a file beside a followed one was read under one of these positions."""
    status = content.status
    known = list(positions)
    is_unfinished = may_be_unfinished(content, known)  # first: it may become whole meanwhile
    for position in known:
        is_itself = (status.st_dev, status.st_ino) == (position.device, position.inode)
        if (position.first_size or is_itself) and content.is_at(position):
            return Verdict.KNOWN
    return Verdict.UNSETTLED if is_unfinished else Verdict.NEW


def may_be_unfinished(content: Content, positions: Iterable[Position]) -> bool:
    """Whether this may be a copy, of which the rest is still to come, of what was read under one of these positions."""
    status = content.status
    if status.st_size == 0 or content.was_empty:
        return True
    if is_settled(content):
        return False
    size = content.whole_size() if content.is_archive else status.st_size
    is_short = size is None or any(
        size < position.offset and (size < position.first_size or content.begins_as(position)) for position in positions
    )
    content.go_to_start()
    return is_short


def is_settled(content: Content) -> bool:
    return abs(time.time() - content.status.st_mtime) > SETTLED_SECONDS


def find_shorter_copy(position: Position) -> Position | None:
    """The end of a copy of a file that was read on and then cut, as a position, so that the copy is known.

    What is written between the copying and the cutting is in no copy, but may have been read.
    """
    for candidate, _ in reversed(rotated_files(Path(position.path))):
        content: Content | None = None
        try:
            content = Content(candidate)
            while content.read() and content.offset < position.offset:
                content.keep_from(content.offset)
            if 0 < content.offset < position.offset and content.begins_as(position):
                return content.marked(position, content.offset)
        except ERRORS:
            pass
        finally:
            if content is not None:
                content.close()
    return None
