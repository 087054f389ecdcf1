"""How far followed files have been sent: one file each in a state folder, replaced whole and flushed to the disk.

A batch is kept there, bytes and all, before it is sent, and goes away with the step that moves the position over it. So
after a crash at any moment the same bytes are sent again under the same Idempotency-Key, and the server tells whether
it has them; reading them anew would not do, as silences and the time of day decide how lines become entries.
"""

import contextlib
import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

FIRST_BYTES: Final = 1024
LAST_BYTES: Final = 256
"""Bytes at a file's start, and before a position, by which its content is known again."""

KEEP_SECONDS: Final = 7 * 86400
"""How long the position in a file that is gone is kept: it may come back, renamed or compressed."""


def mark(data: bytes | bytearray) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


EMPTY: Final = mark(b"")


class Position(msgspec.Struct, frozen=True):
    """Up to `offset`, all of one file has been sent. `path` is where it was, `generation` names it for good.

    A file that is cut and grows again is another generation, so that its offsets make other keys. `first` is a hash of
    its first `first_size` bytes, `last` of the `last_size` bytes before the offset; `modified` in ns. In a journal,
    `cursor` says all.
    """

    path: str
    generation: str
    device: int
    inode: int
    offset: int = 0
    first_size: int = 0
    first: str = EMPTY
    last_size: int = 0
    last: str = EMPTY
    modified: int = 0
    finished: bool = False
    cursor: str = ""


class Batch(msgspec.Struct, frozen=True):
    """Entries that are sent together, and the position once the server has them."""

    key: str
    after: Position
    entries: list[bytes]


class _Kept(msgspec.Struct):
    position: Position
    key: str | None = None
    after: Position | None = None
    sizes: list[int] = []


def new_generation() -> str:
    return uuid.uuid4().hex


class InUse(Exception):
    """Another process follows the same; the text says what."""


class Unusable(Exception):
    """The state folder can't be read or written; the text says why."""


class State:
    """The positions in a folder, for one destination: what goes to another server or app is sent on its own.

    `known`: the position of each file, by generation.
    """

    def __init__(self, folder: Path, *destination: str | None) -> None:
        name = mark("\0".join(part or "" for part in destination).encode())
        self._folder = folder / name
        self._locks: list[int] = []
        self.known: dict[str, Position] = {}
        self.unsent: dict[str, Batch] = {}
        with _usable(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in sorted(self._folder.glob("*.position")):
                self._load(path)

    def lock(self, what: str) -> int:
        """Until `close`, no other process may follow `what`. Since when it is followed, in ns. Raises InUse."""
        handle = os.open(self._folder / f"{mark(what.encode())}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._locks.append(handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"{what}: another logstream send follows it, with the state in {self._folder}") from None
        return os.fstat(handle).st_mtime_ns

    def close(self) -> None:
        for handle in self._locks:
            os.close(handle)
        self._locks = []

    def keep(self, position: Position, batch: Batch | None = None) -> None:
        """Note a position, and a batch that is about to be sent from there. Durable when it returns."""
        kept = _Kept(position)
        body = b""
        if batch is not None:
            kept.key, kept.after = batch.key, batch.after
            kept.sizes = [len(entry) for entry in batch.entries]
            body = b"".join(batch.entries)
        with _usable(self._folder):
            self._write(self._path(position.generation), msgspec.json.encode(kept) + b"\n" + body)
        self.known[position.generation] = position
        self.unsent.pop(position.generation, None)

    def forget_old(self) -> None:
        """Drop positions in files that are long gone."""
        for generation, position in list(self.known.items()):
            path = self._path(generation)
            with contextlib.suppress(OSError):
                is_old = time.time() - path.stat().st_mtime > KEEP_SECONDS
                if is_old and generation not in self.unsent and not position.cursor and not _is_there(position):
                    path.unlink()
                    del self.known[generation]

    def _load(self, path: Path) -> None:
        head, _, body = path.read_bytes().partition(b"\n")
        kept = msgspec.json.decode(head, type=_Kept)
        self.known[kept.position.generation] = kept.position
        if kept.key is not None and kept.after is not None:
            self.unsent[kept.position.generation] = Batch(kept.key, kept.after, list(_parts(body, kept.sizes)))

    def _write(self, path: Path, data: bytes) -> None:
        new = path.with_suffix(".new")
        handle = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
        self._sync_folder()

    def _path(self, generation: str) -> Path:
        return self._folder / f"{generation}.position"

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unusable(f"{folder}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise Unusable(f"{folder}: not as this program writes it: {error}") from error


def _parts(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = 0
    for size in sizes:
        yield body[at : at + size]
        at += size


def _is_there(position: Position) -> bool:
    """Whether the file, whatever it is called now, is still in its folder."""
    try:
        with os.scandir(Path(position.path).parent) as entries:
            return any(entry.inode() == position.inode for entry in entries)
    except OSError:
        return False
