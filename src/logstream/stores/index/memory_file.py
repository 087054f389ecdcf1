"""How lines get from memory to DuckDB's JSON reader, which reads files: 3 to 8 times as fast as parameters."""

import contextlib
import os
from pathlib import Path


class MemoryFile:
    """A file for DuckDB's JSON reader to read lines from: in memory where the system can, else beside the index."""

    def __init__(self, index_path: Path) -> None:
        if hasattr(os, "memfd_create"):
            self._fd = os.memfd_create("logstream-index")
            self._path = f"/proc/self/fd/{self._fd}"
        else:
            path = index_path.with_suffix(".feed")
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            self._path = str(path)

    def fill(self, lines: bytes) -> str:
        """Make `lines` the content; returns the path to read."""
        os.ftruncate(self._fd, 0)
        view, offset = memoryview(lines), 0
        while offset < len(view):
            offset += os.pwrite(self._fd, view[offset:], offset)
        return self._path

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            os.close(self._fd)
