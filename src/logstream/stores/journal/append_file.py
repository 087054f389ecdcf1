"""Plain files that are open for appending."""

import os
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

from logstream.stores.journal.blocks import ends_a_line
from logstream.stores.journal.flushed_file import sync_folder

MAX_OPEN_FILES: Final = 64

CHECK_SECONDS: Final = 0.2


class AppendFile:
    """The open plain file of a day: appends go to `size`, the length known to be whole and durable."""

    def __init__(self, root: Path, name: str, *, sync: bool) -> None:
        self.path = root / name
        self.name = name
        new = not self.path.exists()
        if new:
            _make_folder(self.path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_DSYNC if sync else 0)
        self.fd = os.open(self.path, flags, 0o640)
        self._checked_at = time.monotonic()
        try:
            self.size = os.fstat(self.fd).st_size
            if new:
                sync_folder(self.path.parent)
            elif not ends_a_line(self.path):
                self.size += os.write(self.fd, b"\n")  # somebody else's unfinished line must not take ours along
        except OSError:
            os.close(self.fd)
            raise

    def is_current(self) -> bool:
        """False when somebody has removed, replaced or shortened the file; checked every CHECK_SECONDS."""
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return True
        self._checked_at = now
        try:
            there, here = os.stat(self.path), os.fstat(self.fd)
        except OSError:
            return False
        return there.st_ino == here.st_ino and there.st_dev == here.st_dev and here.st_size == self.size

    def close(self) -> None:
        os.close(self.fd)


class AppendFiles:
    """The files that were appended to last, by name; of one group there may be more than MAX_OPEN_FILES."""

    def __init__(self, root: Path, *, sync: bool) -> None:
        self._root = root
        self._sync = sync
        self._files: OrderedDict[str, AppendFile] = OrderedDict()

    def open(self, name: str) -> AppendFile:
        """The file of this name, opened or made where it is not at hand. Raises OSError."""
        file = self._files.pop(name, None)
        if file is not None and not file.is_current():
            file.close()
            file = None
        if file is None:
            file = AppendFile(self._root, name, sync=self._sync)
        self._files[name] = file
        return file

    def close(self, name: str) -> None:
        """Let go of a file, so that the next append opens it anew."""
        file = self._files.pop(name, None)
        if file is not None:
            file.close()

    def trim(self) -> None:
        """Close those not used for the longest time, down to MAX_OPEN_FILES."""
        while len(self._files) > MAX_OPEN_FILES:
            self._files.popitem(last=False)[1].close()

    def close_all(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()


def _make_folder(folder: Path) -> None:
    missing = [candidate for candidate in (folder, *folder.parents) if not candidate.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)
