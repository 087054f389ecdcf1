"""What a power cut may leave of a folder, from a record of the calls that a process made (see disk.c).

Nothing is on the disk for certain but what was flushed: of other writes any block may be missing, of other names any
may be missing, still be there, or stand for what they stood for before. That is harsher than any file system.
"""

import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = 4096
_CALL = struct.Struct("<cc2xiqQQ")


class Call(NamedTuple):
    name: str
    is_synced: bool
    fd: int
    offset: int
    data: bytes
    path: str


def calls_in(log: Path) -> list[Call]:
    packed, calls, at = log.read_bytes(), [], 0
    while at < len(packed):
        name, is_synced, fd, offset, length, path = _CALL.unpack_from(packed, at)
        at += _CALL.size
        data, text = packed[at : at + length], packed[at + length : at + length + path]
        calls.append(Call(name.decode(), is_synced != b"\0", fd, offset, data, text.decode()))
        at += length + path
    return calls


class File:
    def __init__(self, content: bytes = b"") -> None:
        self.flushed = bytearray(content)
        self.unflushed: list[tuple[int, bytes | None]] = []
        """Writes, as offset and bytes, and lengths that it was cut to, as offset and None; in order."""

    def flush(self) -> None:
        for offset, data in self.unflushed:
            _apply(self.flushed, offset, data)
        self.unflushed.clear()

    def after_a_cut(self, chance: random.Random) -> bytes:
        content = bytearray(self.flushed)
        for offset, data in self.unflushed:
            if data is None:
                if chance.random() < 0.5:
                    _apply(content, offset, None)
                continue
            mostly = chance.choice((0.0, 0.2, 0.5, 0.8, 1.0))
            for start, block in _blocks(offset, data):
                if chance.random() < mostly:
                    _apply(content, start, block)
        return bytes(content)


class Folder:
    def __init__(self) -> None:
        self.flushed: dict[str, Folder | File] = {}
        self.unflushed: list[tuple[str, Folder | File | None]] = []
        self.now: dict[str, Folder | File] = {}

    def set(self, name: str, node: "Folder | File | None") -> None:
        self.unflushed.append((name, node))
        _assign(self.now, name, node)

    def rename(self, name: str, to: str) -> None:
        """Either both names change or none does."""
        node = self.now[name]
        self.unflushed.append((f"{name}/{to}", node))
        _assign(self.now, name, None)
        _assign(self.now, to, node)

    def flush(self) -> None:
        self.flushed = dict(self.now)
        self.unflushed.clear()

    def after_a_cut(self, chance: random.Random) -> "dict[str, Folder | File]":
        names = dict(self.flushed)
        mostly = chance.choice((0.0, 0.5, 1.0))
        for name, node in self.unflushed:
            if chance.random() < mostly:
                before, _, to = name.partition("/")
                _assign(names, before, None if to else node)
                if to:
                    _assign(names, to, node)
        return names


class Disk:
    """The folder `root` after some calls. What lies in it at the beginning is on the disk."""

    def __init__(self, root: str, before: Path | None = None) -> None:
        self._root = root
        self.folder = Folder() if before is None else _read(before)
        self._open: dict[int, Folder | File] = {}
        self.told: list[str] = []

    def replay(self, call: Call) -> None:
        """Carry a call out."""
        node = self._open.get(call.fd)
        match call.name:
            case "a":
                self.told.append(call.path)
            case "o":
                folder, name = self._find(call.path)
                found = self.folder if folder is None else folder.now.get(name)
                if found is None and folder is not None:
                    found = File()
                    folder.set(name, found)
                assert found is not None
                if call.offset and isinstance(found, File):
                    found.unflushed.append((0, None))
                self._open[call.fd] = found
            case "c":
                self._open.pop(call.fd, None)
            case "w" if isinstance(node, File):
                if call.is_synced:
                    _apply(node.flushed, call.offset, call.data)
                else:
                    node.unflushed.append((call.offset, call.data))
            case "t" if isinstance(node, File):
                node.unflushed.append((call.offset, None))
            case "s" if node is not None:
                node.flush()
            case "r":
                folder, name = self._find(call.path)
                to_folder, to = self._find(call.data.decode())
                assert folder is to_folder, "renamed into another folder"
                assert folder is not None
                folder.rename(name, to)
            case "u" | "m":
                folder, name = self._find(call.path)
                assert folder is not None
                folder.set(name, Folder() if call.name == "m" else None)

    def _find(self, path: str) -> tuple[Folder | None, str]:
        parts = Path(path).relative_to(self._root).parts
        if not parts:
            return None, ""
        folder = self.folder
        for part in parts[:-1]:
            inner = folder.now[part]
            assert isinstance(inner, Folder)
            folder = inner
        return folder, parts[-1]

    def cut(self, chance: random.Random, to: Path, during: Call) -> None:
        """Write to a folder what is left when the power goes during this call."""
        node = self._open.get(during.fd)
        if during.name == "w" and isinstance(node, File):
            node.unflushed.append((during.offset, during.data))
            _write(self.folder, chance, to)
            node.unflushed.pop()
        else:
            _write(self.folder, chance, to)


def _write(folder: Folder, chance: random.Random, to: Path) -> None:
    to.mkdir()
    for name, node in folder.after_a_cut(chance).items():
        if isinstance(node, Folder):
            _write(node, chance, to / name)
        elif not name.endswith("-shm"):  # which SQLite makes anew
            (to / name).write_bytes(node.after_a_cut(chance))


def _read(path: Path) -> Folder:
    folder = Folder()
    for inner in path.iterdir():
        folder.now[inner.name] = _read(inner) if inner.is_dir() else File(inner.read_bytes())
    folder.flush()
    return folder


def _assign(names: dict[str, Folder | File], name: str, node: Folder | File | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data


def _blocks(offset: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        size = BLOCK - (offset + at) % BLOCK
        yield offset + at, data[at : at + size]
        at += size
