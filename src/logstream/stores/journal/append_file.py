"""Plain files that are open for appending."""

import os
import resource
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final

from logstream.stores.journal.blocks import ends_a_line
from logstream.stores.journal.durable_names import DurableNames
from logstream.stores.journal.modes import FILE_MODE

MAX_OPEN_FILES: Final = 64

CHECK_SECONDS: Final = 0.2


class AppendFile:
    """The open plain file of a day: appends go to `size`, the length known to be whole and durable."""

    def __init__(self, root: Path, name: str, names: DurableNames, *, sync: bool, found: bool) -> None:
        """`found`: it may be from an earlier process, and what that left may not have reached the disk."""
        self.path = root / name
        self.name = name
        new = not self.path.exists()
        if new:
            names.make(self.path.parent)
            names.change(self.path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | (os.O_DSYNC if sync else 0)
        self.fd = os.open(self.path, flags, FILE_MODE)
        self._checked_at = time.monotonic()
        try:
            self.size = os.fstat(self.fd).st_size
            if not new:
                if not ends_a_line(self.path):
                    self.size += os.write(self.fd, b"\n")  # somebody else's unfinished line must not take ours along
                if sync and found:
                    os.fsync(self.fd)
            names.flush(self.path.parent)
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
    """The files that were appended to last, by name: at most `most`."""

    def __init__(self, root: Path, *, sync: bool) -> None:
        self._root = root
        self._sync = sync
        self.names = DurableNames(root, sync=sync)
        self._opened: set[str] = set()
        self._files: OrderedDict[str, AppendFile] = OrderedDict()
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.most = MAX_OPEN_FILES if limit == resource.RLIM_INFINITY else max(4, min(MAX_OPEN_FILES, limit // 4))

    def open(self, name: str) -> AppendFile:
        """The file of this name, opened or made where it is not at hand. Raises OSError."""
        file = self._files.pop(name, None)
        if file is not None and not file.is_current():
            file.close()
            file = None
        if file is None:
            while len(self._files) >= self.most:
                self._files.popitem(last=False)[1].close()
            file = AppendFile(self._root, name, self.names, sync=self._sync, found=name not in self._opened)
            self._opened.add(name)
        self._files[name] = file
        return file

    def at_hand(self, name: str) -> AppendFile | None:
        """The file of this name, if it is open."""
        return self._files.get(name)

    def forget(self, name: str) -> None:
        """Let go of a file that is about to be replaced: what it is then may not have reached the disk."""
        self.close(name)
        self._opened.discard(name)

    def close(self, name: str) -> None:
        """Let go of a file, so that the next append opens it anew."""
        file = self._files.pop(name, None)
        if file is not None:
            file.close()

    def close_all(self) -> None:
        for file in self._files.values():
            file.close()
        self._files.clear()
