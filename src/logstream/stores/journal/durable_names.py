"""Which names are known to be on the disk: an entry is not safe while the name of its file, or of a folder, is not.

Nothing is taken for granted that an earlier process left, or whose flush failed once: everything up to the root of the
file system is flushed before the first entry that relies on it is acknowledged.
"""

import errno
from pathlib import Path

from logstream.stores.journal.flushed_file import replace_durably, sync_folder
from logstream.stores.journal.modes import FOLDER_MODE


class DurableNames:
    """The folders of the journal in `root`, and above it. In the writer thread; without `sync` nothing is flushed."""

    def __init__(self, root: Path, *, sync: bool = True) -> None:
        self._root = root
        self._sync = sync
        self._synced: set[Path] = set()

    def make(self, folder: Path) -> None:
        """Make a folder, and those it lies in."""
        for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            self.change(missing.parent)
            missing.mkdir(FOLDER_MODE, exist_ok=True)

    def change(self, folder: Path) -> None:
        """What is in a folder is about to change."""
        self._synced.discard(folder)

    def flush(self, folder: Path) -> None:
        """Return when the names in this folder, and the folder's own, are on the disk."""
        if not self._sync or folder in self._synced:
            return
        above = [self._root, *self._root.resolve().parents]
        inside = [folder, *folder.parents]
        inside = inside[: inside.index(self._root)] if self._root in inside else []
        for one in (*inside, *above):
            if one not in self._synced:
                _flush(one, is_ours=one not in above[1:])
                self._synced.add(one)


def keep_durably(path: Path, content: bytes) -> None:
    """Make this the content of a small file wherever it lies, and its name, and those of its folders, durable."""
    names = DurableNames(path.parent)
    names.make(path.parent)
    replace_durably(path, content)
    names.flush(path.parent)


def _flush(folder: Path, *, is_ours: bool) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        # A folder above ours that may not be read was not made by us; not every file system flushes folders.
        if is_ours or error.errno not in (errno.EACCES, errno.EPERM, errno.EINVAL, errno.EROFS, errno.ENOTSUP):
            raise
