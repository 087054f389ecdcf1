"""Where files go when they are rotated: renamed, copied and cut, compressed, in the folder in which they were.

A file's name alone says little, and inodes are used again: what a file is, its content says.
"""

import os
import re
from pathlib import Path
from typing import Final

from logstream.client.sending.followed_file import Content
from logstream.client.sending.positions import Position
from logstream.client.sending.unpacking import ERRORS

_ARCHIVE: Final = r"(?:\.(?:gz|zst|bz2|xz))?"
_STAMP: Final = r"[.\-_]\d[\d\-_.:T]*"


def is_rotated_name(name: str, of: str) -> bool:
    """`app.log.1`, `app.log-20261126.gz`, `app-20261126.log`, `app.log.old` of `app.log`."""
    stem, suffix = os.path.splitext(of)
    before, behind = re.escape(stem), re.escape(suffix)
    pattern = rf"{before}{behind}(?:{_STAMP}|\.old|\.bak|\.prev)?{_ARCHIVE}|{before}{_STAMP}{behind}{_ARCHIVE}"
    return name != of and re.fullmatch(pattern, name) is not None


def rotated_files(path: Path) -> list[tuple[Path, os.stat_result]]:
    """The files beside `path` that look like earlier ones of it: plain ones first, the oldest first."""
    found: list[tuple[Path, os.stat_result]] = []
    try:
        with os.scandir(path.parent) as entries:
            for entry in entries:
                if is_rotated_name(entry.name, path.name) and entry.is_file():
                    found.append((Path(entry.path), entry.stat()))
    except OSError:
        return []
    return sorted(found, key=lambda one: (one[0].suffix in _SUFFIXES, one[1].st_mtime_ns))


_SUFFIXES: Final = (".gz", ".zst", ".bz2", ".xz")


def content_at(path: Path, position: Position) -> Content | None:
    """The file at `path`, opened at that position, if it is the one, or a copy of it."""
    content: Content | None = None
    try:
        content = Content(path)
        if content.go_to(position):
            return content
    except ERRORS:
        pass
    if content is not None:
        content.close()
    return None


def find_rest(position: Position) -> Path | None:
    """Where the rest of a file that is no longer at its place, or was cut, can be read."""
    path = Path(position.path)
    try:
        with os.scandir(path.parent) as entries:
            renamed = [Path(entry.path) for entry in entries if entry.inode() == position.inode]
    except OSError:
        renamed = []
    copies = [one for one, _ in rotated_files(path)] if position.offset else []
    for candidate in [*renamed, *copies]:
        if candidate != path and (content := content_at(candidate, position)) is not None:
            content.close()
            return candidate
    return None
