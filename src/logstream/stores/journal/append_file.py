"""A day's plain file, open for appending."""

import os
import time
from pathlib import Path
from typing import Final

from logstream.stores.journal import recovery, segment

CHECK_SECONDS: Final = 0.2


class DayFile:
    """An open plain file: appends go to `size`, the length known to be whole and durable."""

    def __init__(self, root: Path, name: str, *, sync: bool) -> None:
        self.path = root / name
        self.name = name
        new = not self.path.exists()
        if new:
            _make_folder(self.path.parent, root)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_DSYNC if sync else 0)
        self.fd = os.open(self.path, flags, 0o640)
        self._looked_at = time.monotonic()
        try:
            self.size = os.fstat(self.fd).st_size
            if new:
                segment.sync_folder(self.path.parent)
            elif not recovery.ends_a_line(self.path):
                self.size += os.write(self.fd, b"\n")  # somebody else's unfinished line must not take ours along
        except OSError:
            os.close(self.fd)
            raise

    def is_current(self) -> bool:
        """False when somebody has removed, replaced or shortened the file; looked at every CHECK_SECONDS."""
        now = time.monotonic()
        if now - self._looked_at < CHECK_SECONDS:
            return True
        self._looked_at = now
        try:
            there, here = os.stat(self.path), os.fstat(self.fd)
        except OSError:
            return False
        return there.st_ino == here.st_ino and there.st_dev == here.st_dev and here.st_size == self.size

    def close(self) -> None:
        os.close(self.fd)


def _make_folder(folder: Path, root: Path) -> None:
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        segment.sync_folder(made.parent)
