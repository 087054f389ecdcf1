"""The commands that read, run as a user would."""

import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO

from tests.harness import WAIT, eventually, inherited


def environment(url: str, **settings: str) -> dict[str, str]:
    """Nothing of this process's settings but what programs need."""
    return {**inherited(), "COLUMNS": "100", "LOGSTREAM_URL": url, **settings}


def words(command: str, *arguments: str | bytes) -> list[str | bytes]:
    return [sys.executable, "-m", "logstream", command, *arguments]


def run(command: str, *arguments: str | bytes, url: str, **settings: str) -> "subprocess.CompletedProcess[bytes]":
    """Run it to its end."""
    return subprocess.run(
        words(command, *arguments), env=environment(url, **settings), capture_output=True, timeout=60, check=False
    )


class Running:
    """A command that runs beside the test: what it has written is in `lines` and `said`. Use with `with`."""

    def __init__(self, command: str, *arguments: str, url: str, **settings: str) -> None:
        self.process = subprocess.Popen(
            words(command, *arguments),
            env=environment(url, **settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self.lines: list[bytes] = []
        self._said: list[bytes] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._threads = [
            threading.Thread(target=_read, args=(self.process.stdout, self.lines)),
            threading.Thread(target=_read, args=(self.process.stderr, self._said)),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def said(self) -> str:
        """Standard error."""
        return b"\n".join(self._said).decode()

    def wait_for(self, count: int) -> list[bytes]:
        """The lines, when there are so many."""
        eventually(lambda: len(self.lines) >= count or self.process.poll() is not None, f"{count} lines\n{self.said}")
        assert len(self.lines) >= count, self.said
        return self.lines

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it with a signal; returns the exit code."""
        self.process.send_signal(how)
        return self._finish()

    def _finish(self) -> int:
        code = self.process.wait(WAIT)
        for thread in self._threads:
            thread.join()
        return code

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self._finish()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def _read(stream: IO[bytes], lines: list[bytes]) -> None:
    rest = b""
    while chunk := stream.read(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        lines.extend(whole)
    if rest:
        lines.append(rest)
