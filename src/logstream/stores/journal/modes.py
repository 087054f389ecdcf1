"""Who may read what is stored: the owner and, unless told otherwise, the group; never everybody on the machine.

DuckDB and SQLite make files of their own accord, so the process's umask says it for all of them; what is older, or was
put there by hand, is tightened at the start.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

GroupAccess = Literal["read", "none"]

FILE_MODE: Final = 0o640
FOLDER_MODE: Final = 0o750
"""What files and folders are made with; the umask may take more away."""

_UMASK: Final[dict[GroupAccess, int]] = {"read": 0o027, "none": 0o077}


def restrict(group: GroupAccess) -> None:
    """Let this process make nothing that others may read, whatever umask it was started with."""
    os.umask(os.umask(0o077) | _UMASK[group])


def tighten(root: Path) -> None:
    """Take away what the umask takes away, and the access of everybody, from what lies in a journal folder already.

    Only from what is named as ours and belongs to us; from the folder itself only if nothing else lies in it.
    """
    for path, _, allowed in too_open(root):
        with contextlib.suppress(OSError):  # gone, or a file system without modes
            if path.lstat().st_uid == os.geteuid():
                path.chmod(allowed)


def too_open(root: Path) -> Iterator[tuple[Path, int, int]]:
    """What of a journal folder more may be done with than the umask allows: its mode, and the one it should have."""
    os.umask(taken := os.umask(0o077))
    taken |= _UMASK["read"]
    names = os.listdir(root)
    paths = [path for name in names if _is_ours(name) for path in _below(root / name)]
    if all(_is_ours(name) for name in names):
        paths.insert(0, root)
    for path in paths:
        with contextlib.suppress(OSError):
            status = path.lstat()
            mode = stat.S_IMODE(status.st_mode)
            bits = taken | 0o111 if stat.S_ISREG(status.st_mode) else taken
            if (
                (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode))
                and mode & bits
                and not mode & stat.S_ISVTX
            ):
                yield path, mode, mode & ~bits


def _is_ours(name: str) -> bool:
    return name == ".logstream" or name == "rejected.jsonl" or (len(name) == 4 and name.isdigit())


def _below(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        for folder, folders, files in os.walk(path):
            yield from (Path(folder, name) for name in (*folders, *files))
