"""The systemd journal as a source, by `journalctl -o json`: read on behind the cursor of the last acknowledged entry.

journalctl alone reads every journal, compressed and of any version, and puts several files in order.
"""

import os
import re
import select
import subprocess
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from logstream.client.sending.content import CHUNK
from logstream.client.sending.delivery import Delivery, NumberedEntry
from logstream.client.sending.followed_file import FLUSH_SECONDS, MAX_BATCH_BYTES
from logstream.client.sending.line_source import POLL_SECONDS, Unreadable
from logstream.client.sending.positions import Batch, Position, State, new_generation
from logstream.formats.stream import Stream

RESTART_SECONDS: Final = 1.0
"""How long to wait before journalctl is started again, if it ended while it was to follow."""

_CURSOR: Final = re.compile(rb'"__CURSOR" ?: ?"([^"]*)"')


class Journal:
    """Sends this machine's journal, or the one in `directory`; with `follow`, what comes too, until `stopped`.

    `stream` takes each entry as a line. `from_end`: the first time, only what comes from then on.
    """

    def __init__(
        self,
        directory: Path | None,
        state: State,
        delivery: Delivery,
        stream: Stream,
        *,
        batch: int = 1000,
        follow: bool = False,
        from_end: bool = False,
        stopped: Callable[[], bool] = lambda: False,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._directory = None if directory is None else directory.absolute()
        self._name = f"journal:{self._directory or ''}"
        self._state = state
        self._delivery = delivery
        self._stream = stream
        self._batch = batch
        self._follow = follow
        self._from_end = from_end
        self._stopped = stopped
        self._say = say
        self._rest = b""
        self._entries: list[bytes] = []
        self._size = 0
        self._since = 0.0
        self._cursor = ""
        self._position = Position(self._name, new_generation(), 0, 0)

    def run(self) -> None:
        """Raises Unreadable, Refused, Unanswered and InUse. What is not sent yet comes the next time."""
        self._state.lock(self._name)
        for position in self._state.known.values():
            if position.path == self._name:
                self._position = position
        if (batch := self._state.unsent.get(self._position.generation)) is not None:
            self._deliver(batch)
        while True:
            why = self._read()
            self._send()
            if self._stopped() or (not self._follow and not why):
                return
            if not self._follow:
                raise Unreadable(why)
            self._say(f"journalctl ended, and is started again: {why or 'no reason given'}")
            time.sleep(RESTART_SECONDS)

    def _command(self) -> list[str]:
        command = ["journalctl", "--output=json", "--all", "--no-pager", "--quiet"]
        if self._directory is not None:
            command.append(f"--directory={self._directory}")
        if self._follow:
            command.append("--follow")
        if self._position.cursor:
            command.append(f"--after-cursor={self._position.cursor}")
        return [*command, "--lines=0" if self._from_end and not self._position.cursor else "--no-tail"]

    def _read(self) -> str:
        """Send what one journalctl gives; what it says if it fails."""
        try:
            process = subprocess.Popen(  # noqa: S603 - arguments of ours, without a shell
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for us: what was read is still sent
            )
        except OSError as error:
            raise Unreadable(f"journalctl: {error.strerror}") from error
        assert process.stdout is not None
        assert process.stderr is not None
        self._rest = b""
        try:
            handle = process.stdout.fileno()
            while not self._stopped():
                ready, _, _ = select.select([handle], [], [], POLL_SECONDS)
                if ready:
                    chunk = os.read(handle, CHUNK)
                    if not chunk:
                        why = process.stderr.read().decode(errors="replace").strip()
                        return why if process.wait() else ""
                    self._feed(chunk)
                if self._entries and time.monotonic() - self._since >= FLUSH_SECONDS:
                    self._send()
            return ""
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def _feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            cursor = _CURSOR.search(line)
            for entry, _ in [*self._stream.feed([line], datetime.now(UTC)), *self._stream.flush()]:
                if not self._entries:
                    self._since = time.monotonic()
                self._entries.append(entry)
                self._size += len(entry)
            self._cursor = cursor[1].decode() if cursor else self._cursor
            if len(self._entries) >= self._batch or self._size >= MAX_BATCH_BYTES:
                self._send()

    def _send(self) -> None:
        if self._entries:
            after = msgspec.structs.replace(self._position, cursor=self._cursor)
            batch = Batch(uuid.uuid4().hex, after, self._entries)
            self._entries, self._size = [], 0
            self._state.keep(self._position, batch)
            self._deliver(batch)

    def _deliver(self, batch: Batch) -> None:
        self._delivery.deliver(
            [NumberedEntry(entry, number) for number, entry in enumerate(batch.entries, 1)], batch.key
        )
        self._state.keep(batch.after)
        self._position = batch.after
