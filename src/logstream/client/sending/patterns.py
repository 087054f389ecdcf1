"""Which files are followed: paths, folders, and patterns such as `/var/log/app/*.log`, searched again and again.

Of a folder, the files in it; of Docker's folders of containers, the containers' logs.
"""

import fnmatch
import glob
import os
import time
from typing import Final

from logstream.client.sending.docker import CONFIGURATION, LOG_NAME

PATTERN_SECONDS: Final = 1.0
"""How often patterns and folders are searched for new files."""


class Patterns:
    """`all`: the patterns, absolute. A path that exists is itself, whatever characters are in it."""

    def __init__(self, patterns: list[str]) -> None:
        self.all = [os.path.abspath(pattern) for pattern in patterns]
        self._searched: dict[str, tuple[float, list[str]]] = {}
        self._folders: dict[str, list[str]] = {}

    @property
    def files(self) -> list[str]:
        """The paths among them that name one file each."""
        return [pattern for pattern in self.all if not glob.has_magic(pattern) and not os.path.isdir(pattern)]

    @property
    def folders(self) -> list[str]:
        """The folders in which files come that are found by the next search."""
        return [folder for folders in self._folders.values() for folder in folders]

    def paths(self) -> list[str]:
        """The files that there may be now, each once."""
        paths: list[str] = []
        for pattern in self.all:
            is_folder = os.path.isdir(pattern)
            if not is_folder and (os.path.exists(pattern) or not glob.has_magic(pattern)):
                paths.append(pattern)
                self._folders.pop(pattern, None)
                continue
            when, found = self._searched.get(pattern, (-PATTERN_SECONDS, []))
            if time.monotonic() - when >= PATTERN_SECONDS:
                found = self._search(pattern, is_folder=is_folder)
                self._searched[pattern] = (time.monotonic(), found)
                self._folders[pattern] = self._search_folders(pattern, is_folder=is_folder)
            paths += found
        return list(dict.fromkeys(paths))

    def own(self, path: str) -> bool:
        """Whether a file, which may be gone, is one of them."""
        folder, name = os.path.split(path)
        places = [path, folder, *([os.path.dirname(folder)] if fnmatch.fnmatch(name, LOG_NAME) else [])]
        return any(pattern in places or fnmatch.fnmatch(path, pattern) for pattern in self.all)

    @staticmethod
    def _search_folders(pattern: str, *, is_folder: bool) -> list[str]:
        if is_folder:
            return [pattern, *glob.glob(os.path.join(glob.escape(pattern), "*", ""))]
        folders: list[str] = []
        while glob.has_magic(pattern):
            pattern = os.path.dirname(pattern)
            folders += glob.glob(os.path.join(pattern, ""), recursive=True) if glob.has_magic(pattern) else [pattern]
        return folders

    @staticmethod
    def _search(pattern: str, *, is_folder: bool) -> list[str]:
        if not is_folder:
            return sorted(glob.glob(pattern, recursive=True))
        folder = glob.escape(pattern)
        if os.path.exists(os.path.join(pattern, CONFIGURATION)):
            return sorted(glob.glob(os.path.join(folder, LOG_NAME)))
        return sorted([*glob.glob(os.path.join(folder, "*")), *glob.glob(os.path.join(folder, "*", LOG_NAME))])
