"""The lock on a journal folder: one process at a time."""

import fcntl
import os
from pathlib import Path

from logstream.stores.journal.modes import FILE_MODE
from logstream.stores.journal.naming import state_folder


class LockedError(Exception):
    """Another process uses the folder."""


class FolderLock:
    """The lock on the journal in `root`. A process that dies gives it back."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._fd: int | None = None

    def acquire(self) -> None:
        """Raises LockedError, or OSError when the folder can't be used."""
        fd = os.open(state_folder(self._root) / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(fd, 20, 0).decode(errors="replace").strip()
            os.close(fd)
            process = f"another logstream process (pid {owner})" if owner else "another logstream process"
            raise LockedError(f"{process} uses {self._root}; stop it first") from None
        self._sign(fd)
        self._fd = fd

    def hold(self) -> bool:
        """Take the lock where there is one, making nothing; False while another process has it. Raises OSError."""
        path = state_folder(self._root) / "lock"
        try:
            fd = os.open(path, (os.O_RDWR if os.access(path, os.W_OK) else os.O_RDONLY) | os.O_CLOEXEC)
        except FileNotFoundError:
            return True  # no server has ever used it: a copy
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        if os.access(path, os.W_OK):
            self._sign(fd)
        return True

    def _sign(self, fd: int) -> None:
        """Say whose the lock is."""
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
