"""A program that is measured: pinned to cores, processor time and memory as the kernel counts them, its end sure."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

CORES: Final = sorted(os.sched_getaffinity(0))
SERVER: Final = CORES[:1]
CLIENT: Final = CORES[-1:]
"""The server gets the first core and everything that measures it the last, unless a row says otherwise."""

KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")
"""What a program gets of this environment: no setting of the person who measures."""


class Failed(Exception):
    """A measurement could not be made; the text says why."""


def pinned(cores: list[int], command: list[str]) -> list[str]:
    return ["taskset", "-c", ",".join(map(str, cores)), *command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A running program with an HTTP port."""

    healthy: str
    """The path that answers 200 once it serves."""

    def __init__(
        self, command: list[str], cores: list[int], folder: Path, port: int, environment: dict[str, str] | None = None
    ) -> None:
        """What it prints goes to a file beside `folder`, in which it keeps its data."""
        self.folder = folder
        self.http_port = port
        self._log = folder.parent / f"{type(self).__name__.lower()}.log"
        self.started = time.monotonic()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                pinned(cores, command),
                env={name: value for name, value in os.environ.items() if name in KEPT} | (environment or {}),
                cwd=folder.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def wait(self, seconds: float = 60) -> None:
        """Until it answers."""
        while time.monotonic() < self.started + seconds:
            if self._process.poll() is not None:
                raise Failed(f"{self._process.args!r} ended with {self._process.returncode}: {self.last_words()}")
            connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=5)
            try:
                connection.request("GET", self.healthy)
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.02)
        raise Failed(f"no answer within {seconds:.0f} s: {self.last_words()}")

    def last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:].strip()

    def cpu_seconds(self) -> float:
        """User and system time used so far."""
        return _cpu_seconds(Path(f"/proc/{self._process.pid}/stat"))

    def cpu_by_thread(self) -> dict[str, float]:
        """The same of each kind of thread; threads that have ended are not in it."""
        used: dict[str, float] = {}
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):
                kind = self.kind_of_thread(int(task.name))
                used[kind] = used.get(kind, 0.0) + _cpu_seconds(task / "stat")
        return used

    def rest(self, seconds: float = 900) -> None:
        """Wait until it has nothing to do."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(1)
            if self.cpu_seconds() - before < 0.05:
                return
        raise Failed(f"still busy after {seconds:.0f} s: {self.last_words()}")

    def kind_of_thread(self, thread: int) -> str:
        return "all"

    def memory_bytes(self) -> int:
        """The most memory it held so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def resident_bytes(self) -> int:
        """The memory it holds now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def kill(self) -> None:
        """End it as a power cut would, but for what the kernel has."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _cpu_seconds(stat: Path) -> float:
    """proc_pid_stat(5), fields 14 and 15."""
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
