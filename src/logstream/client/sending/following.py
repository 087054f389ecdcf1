"""Files that are followed, for as long as they come and go: which there are, and what happened to each.

When that is looked at, `folder_watch` says. What a file is decides its content: see `rotation`.
"""

import contextlib
import math
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from logstream.client.sending.content import Content, Cut
from logstream.client.sending.delivery import Delivery, NumberedEntry
from logstream.client.sending.encoding import Binary, Encoding
from logstream.client.sending.folder_watch import FolderWatch
from logstream.client.sending.followed_file import FollowedFile
from logstream.client.sending.overlooked import Identity, Looks, Overlooked, looks
from logstream.client.sending.patterns import Patterns
from logstream.client.sending.positions import Position, State, new_generation
from logstream.client.sending.rotation import (
    content_at,
    find_rest,
    find_shorter_copy,
    is_rotated_name,
    is_settled,
    may_be_unfinished,
    names_in,
)
from logstream.client.sending.unpacking import ERRORS
from logstream.formats.stream import Stream

GRACE_SECONDS: Final = 10.0
"""How long a file is still read after another one took its place, or it was removed, and it grows no more."""

BESIDE_SECONDS: Final = 1.0
"""How often rotated files are looked at that may have been missed."""

UNSETTLED_SECONDS: Final = 0.05
"""How often a file is looked at of which something waits for its time."""


class Following:
    """Sends what is appended to files, each line once, until `stopped` answers true.

    `patterns`: paths, folders, and patterns such as `/var/log/app/*.log`. `stream_of` makes what reads a file's lines.
    `from_end`: what is in files that are there already at the first start is not sent.
    """

    def __init__(
        self,
        patterns: list[str],
        state: State,
        delivery: Delivery,
        stream_of: Callable[[Path], Stream],
        *,
        batch: int = 1000,
        from_end: bool = False,
        encoding: Encoding | None = None,
        stopped: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._patterns = Patterns(patterns)
        self._state = state
        self._delivery = delivery
        self._stream_of = stream_of
        self._batch = batch
        self._from_end = from_end
        self._encoding = encoding
        self._stopped = stopped
        self._say = say
        self._files: list[FollowedFile] = []
        self._watch = FolderWatch(stopped=stopped, say=say)
        self._passed_over: dict[str, Looks] = {}
        """Files that are not to be read: what they were when that was found."""
        self._refused: list[FollowedFile] = []
        """Files that are no text; open, so that no other file gets their inodes."""
        self._troubles: dict[str, str] = {}
        self._looked_beside = 0.0
        self.bytes_read = 0

    def run(self) -> None:
        """Raises Refused, Unanswered when stopped in an outage, and InUse. What is not sent yet is kept."""
        began = min(self._state.lock(pattern) for pattern in self._patterns.all)
        self._state.forget_old()
        self._overlooked = Overlooked(self._state, began=began, sends_all=not self._from_end)
        for generation, batch in list(self._state.unsent.items()):
            if self._patterns.own(self._state.known[generation].path):
                self._deliver(batch.entries, batch.key)
                self._state.keep(batch.after)
        try:
            self._find_moved()
            changed: set[str] | None = None
            while not self._stopped():
                if changed is None or not changed <= {file.real_path for file in self._files}:
                    changed = None
                    self.look()
                is_busy = self.advance(changed)
                self._from_end = False
                changed = self._watch.next(0 if is_busy else self._pause())
            for file in self._files:
                file.end(half_line=False)
                self._send(file)
        finally:
            self._watch.close()
            for file in [*self._files, *self._refused]:
                file.content.close()

    def look(self) -> None:
        """Find new files, and those that are no longer at their places."""
        at: dict[str, Identity] = {}
        paths = self._patterns.paths()
        self._watch.watch(paths, self._patterns.folders)
        is_open = self._open()
        for path in paths:
            try:
                status = os.stat(path)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._trouble(path, error)
                continue
            if stat.S_ISREG(status.st_mode):
                at[path] = (status.st_dev, status.st_ino)
                if at[path] not in is_open and self._passed_over.get(path) != looks(status):
                    self._discover(path, status)
                    is_open = self._open()
        for file in self._files:
            self._see_whether_moved(file, at)
            file.locate()
        if time.monotonic() - self._looked_beside >= BESIDE_SECONDS:
            self._looked_beside = time.monotonic()
            self._find_moved()
            names: dict[str, list[str]] = {}
            for path in {*self._patterns.files, *(file.position.path for file in self._files)}:
                folder = os.path.dirname(path)
                if folder not in names:
                    names[folder] = names_in(Path(folder))
                self._read_missed(path, at.get(path), names[folder])

    def advance(self, changed: set[str] | None = None) -> bool:
        """Read and send what there is, of each file as much as a batch; whether there was anything.

        `changed`: the real paths of the only files that were written to.
        """
        is_busy = False
        for file in list(self._files):
            if changed is not None and file.is_settled and file.real_path not in changed:
                continue
            breaks_off = False
            try:
                count = file.read()
                self._troubles.pop(file.position.path, None)
            except Cut:
                self._was_cut(file)
                is_busy = True
                continue
            except Binary as error:
                self._refuse(file, error)
                continue
            except ERRORS as error:
                self._trouble(file.position.path, error)
                count = 0
                breaks_off = not is_settled(file.content)
            self.bytes_read += count
            is_busy = is_busy or count > 0
            if not count:  # else a slow answer would end an entry whose rest is there
                file.flush()
            if file.is_due:
                self._send(file)
            moved = file.moved_at
            if moved is None or count or breaks_off:
                continue
            if file.content.is_archive or _is_over(moved, file.quiet_for):
                self._finish(file)
        return is_busy

    def _pause(self) -> float:
        return math.inf if all(file.is_settled for file in self._files) else UNSETTLED_SECONDS

    def _open(self) -> set[Identity]:
        return {(file.position.device, file.position.inode) for file in [*self._files, *self._refused]}

    def _discover(self, path: str, status: os.stat_result) -> None:
        """A file that is not open: one of before, a copy of one, or a new one."""
        try:
            content = Content(Path(path))
        except FileNotFoundError:
            return
        except OSError as error:
            self._trouble(path, error)
            return
        if not self._take(path, content, status):
            content.close()

    def _take(self, path: str, content: Content, status: os.stat_result) -> bool:
        """Whether the file is read on, or from its start."""
        identity = (content.status.st_dev, content.status.st_ino)
        beside = [position for position in self._state.known.values() if _is_beside(path, position)]
        is_beside = {position.generation for position in beside}
        # first: it may become whole meanwhile
        is_unfinished = bool(beside) and not content.is_archive and may_be_unfinished(content, beside)
        open_generations = {file.position.generation for file in self._files}
        for position in list(self._state.known.values()):
            is_itself = identity == (position.device, position.inode) and (position.first_size or position.path == path)
            if not is_itself and (not position.first_size or position.generation not in is_beside):
                continue
            if not content.is_at(position):
                continue
            if not is_itself and _identity_at(position.path) == (position.device, position.inode):
                if position.generation in open_generations:
                    self._passed_over[path] = looks(status)  # a copy of what is open
                return False
            is_read = position.finished and (content.is_archive or status.st_size <= position.offset)
            if position.generation in open_generations or is_read or (position.finished and not is_itself):
                self._passed_over[path] = looks(status)
                return False
            self._read_on(content, position, moved=path != position.path)
            return True
        if content.is_archive:
            self._passed_over[path] = looks(status)
            return False
        if is_unfinished:
            return False
        self._read_missed(path, identity)
        position = _begin(path, content)
        if self._from_end:
            content.go_to_end()
            position = content.marked(position, content.offset)
        self._add(content, position)
        return True

    def _add(self, content: Content, position: Position) -> FollowedFile:
        self._state.keep(position)
        stream = self._stream_of(Path(position.path))
        file = FollowedFile(content, stream, position, batch=self._batch, encoding=self._encoding)
        self._files.append(file)
        return file

    def _read_on(self, content: Content, position: Position, *, moved: bool) -> None:
        status = content.status
        file = self._add(
            content,
            msgspec.structs.replace(position, device=status.st_dev, inode=status.st_ino, finished=False),
        )
        file.moved_at = time.monotonic() if moved else None

    def _find_moved(self) -> None:
        """Files that were moved while nobody had them open: their rests come before what took their places."""
        is_open = {file.position.generation for file in [*self._files, *self._refused]}
        for position in sorted(self._state.known.values(), key=lambda one: one.modified):
            if position.finished or position.generation in is_open or not self._patterns.own(position.path):
                continue
            at_its_place = content_at(Path(position.path), position)
            if at_its_place is not None:
                status = at_its_place.status
                at_its_place.close()
                if (status.st_dev, status.st_ino) == (position.device, position.inode):
                    continue
            if (rest := find_rest(position)) is not None:
                self._read_on(rest, position, moved=True)
            else:
                self._finish_cut(position)
            self._read_missed(position.path)

    def _read_missed(self, path: str, but: Identity | None = None, names: list[str] | None = None) -> None:
        """Files that took this place and left it while nobody looked; `but` is about to be read anyway."""
        candidates = self._overlooked.candidates(path, lambda one: one == but or one in self._open(), names)
        if not candidates:
            return
        for file in [file for file in self._files if file.position.path == path]:
            if not self._catch_up(file):  # else its position tells its copies
                return
        for content in self._overlooked.missed(path, candidates):
            self._add(content, _begin(path, content)).moved_at = time.monotonic()

    def _catch_up(self, file: FollowedFile) -> bool:
        """Send what there is of a file; False if it was cut, which changes what is there."""
        try:
            while count := file.read():
                self.bytes_read += count
                if file.is_due:
                    self._send(file)
            file.end(half_line=False)
            self._send(file)
        except Binary as error:
            self._refuse(file, error)
        except Cut:
            self._was_cut(file)
            return False
        except ERRORS:
            pass  # said when it is its turn
        return True

    def _see_whether_moved(self, file: FollowedFile, at: dict[str, Identity]) -> None:
        here = at.get(file.position.path)
        if here == (file.position.device, file.position.inode):
            file.moved_at = None
        elif file.moved_at is None and (here is not None or file.content.status.st_nlink == 0):
            file.moved_at = time.monotonic()

    def _was_cut(self, file: FollowedFile) -> None:
        """Cut short: what was not read yet may be in a copy, as `logrotate` makes it with copytruncate."""
        self._files.remove(file)
        path = file.position.path
        rest = find_rest(file.position, read=file.read_position())
        if rest is None:
            file.end(half_line=True)
            self._send(file)
            self._finish_cut(file.position)
        else:
            self._read_on(rest, file.position, moved=True)
        identity = (file.content.status.st_dev, file.content.status.st_ino)
        file.content.close()
        self._read_missed(path, _identity_at(path))
        if _identity_at(path) == identity:
            with contextlib.suppress(OSError):
                content = Content(Path(path))
                self._add(content, _begin(path, content))

    def _finish_cut(self, position: Position) -> None:
        """No more is to come of a file; what was copied of it before is known by where the copy ends."""
        self._keep_finished(find_shorter_copy(position) or position)

    def _keep_finished(self, position: Position) -> None:
        """Where nothing of a file is known but its inode, another file may soon have that: it is forgotten."""
        inode = position.inode if position.first_size else 0
        self._state.keep(msgspec.structs.replace(position, inode=inode, finished=True))

    def _finish(self, file: FollowedFile) -> None:
        file.end(half_line=True)
        self._send(file)
        self._keep_finished(file.position)
        self._files.remove(file)
        file.content.close()

    def _send(self, file: FollowedFile) -> None:
        batch = file.take_batch()
        if batch is not None:
            self._state.keep(file.position, batch)
            self._deliver(batch.entries, batch.key)
            self._state.keep(batch.after)
            file.position = batch.after

    def _deliver(self, entries: list[bytes], key: str) -> None:
        self._delivery.deliver([NumberedEntry(entry, number) for number, entry in enumerate(entries, 1)], key)

    def _refuse(self, file: FollowedFile, error: Binary) -> None:
        """A file that is no text: said, and left alone until another one is at its place."""
        self._say(f"{file.position.path}: {error}")
        self._files.remove(file)
        self._refused.append(file)

    def _trouble(self, path: str, error: Exception) -> None:
        """Say once what is wrong with a file; it is tried again."""
        why = getattr(error, "strerror", None) or str(error)
        if self._troubles.get(path) != why:
            self._troubles[path] = why
            self._say(f"{path}: {why}; trying again")


def _begin(path: str, content: Content) -> Position:
    """The start of a file that was not read before."""
    status = content.status
    start = Position(path, new_generation(), status.st_dev, status.st_ino, modified=status.st_mtime_ns)
    return content.begun(start)


def _identity_at(path: str) -> Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _is_beside(path: str, position: Position) -> bool:
    """Whether a file's name says that it may have been the one of that position."""
    if not path.startswith(os.path.splitext(position.path)[0]):  # soon said, of many files
        return False
    folder, name = os.path.split(path)
    return folder == os.path.dirname(position.path) and is_rotated_name(name, os.path.basename(position.path))


def _is_over(moved_at: float, quiet_for: float) -> bool:
    return quiet_for >= GRACE_SECONDS and time.monotonic() - moved_at >= GRACE_SECONDS
