"""`logstream send --follow` is killed again and again under load, while logrotate rotates and the server goes away.

Each written line is stored once.
"""

import contextlib
import json
import os
import random
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.client.sending.test_send_command import command
from tests.harness import ROOT, Server, eventually

pytestmark = pytest.mark.heavy

KILLS = 25
"""Of each of two processes."""

SEED = int(os.environ.get("LOGSTREAM_TEST_SEED", "5"))
WITH_SBIN = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}

CREATE = "create\n compress\n delaycompress"
COPYTRUNCATE = "copytruncate\n compress"


class Application:
    """Writes lines to its log, in bursts, some in two halves, some of them traces, until closed.

    `rotate` runs logrotate: with `create`, the application goes on with the old file for a while. With `copytruncate`,
    what is written between copy and cut is lost by logrotate itself, so nothing is.
    """

    def __init__(self, folder: Path, way: str, chance: random.Random) -> None:
        folder.mkdir(mode=0o755)
        self.path = folder / "app.log"
        self.written: list[str] = []
        self._folder = folder
        self._way = way
        self._chance = chance
        self._settings = folder.with_suffix(".conf")
        self._settings.write_text(f"{self.path} {{\n rotate 1000\n {way}\n}}\n")
        self._settings.chmod(0o644)
        self._closing = threading.Event()
        self._has_reopened = threading.Event()
        self._has_reopened.set()
        self._rotating = threading.Lock()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def rotate(self) -> None:
        words = ["logrotate", "--force", "--state", str(self._folder.with_suffix(".state")), str(self._settings)]
        with self._rotating:
            if self._way == CREATE:
                self._has_reopened.wait()  # what is compressed must not be written to any more
                subprocess.run(words, check=True, env=WITH_SBIN)
                self._has_reopened.clear()
            else:
                with self._writing:
                    subprocess.run(words, check=True, env=WITH_SBIN)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _write(self) -> None:
        chance = self._chance
        file = open(self.path, "a")  # noqa: SIM115
        while not self._closing.wait(0.01):
            if not self._has_reopened.is_set() and chance.random() < 0.1:
                file.close()
                file = open(self.path, "a")  # noqa: SIM115
                self._has_reopened.set()
            with self._writing:
                for _ in range(chance.randrange(30)):
                    file.write(self._line())
                    if chance.random() < 0.01:
                        file.flush()
                    if chance.random() < 0.01:
                        half = self._line()
                        file.write(half[:7])
                        file.flush()
                        time.sleep(0.002)
                        file.write(half[7:])
                file.flush()
        file.close()
        self._has_reopened.set()

    def _line(self) -> str:
        indent = "    at " if self._chance.random() < 0.2 else "line "
        self.written.append(f"{indent}{len(self.written)} of {self._folder.name} " + "x" * self._chance.randrange(200))
        return self.written[-1] + "\n"


class Follower(threading.Thread):
    """`logstream send --follow`, killed KILLS times at random moments, and then left alone until `end`."""

    def __init__(self, application: Application, server: Server, chance: random.Random) -> None:
        super().__init__()
        folder = application.path.parent
        self._state = folder.with_suffix(".positions")
        arguments = ("--app-key", folder.name, "--app-id", "test", "--state", str(self._state))
        self._words, self._environment = command("--follow", str(application.path), *arguments, url=server.url)
        self._said = folder.with_suffix(".said")
        self._application = application
        self._chance = chance
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self.knows = False

    def run(self) -> None:
        self._start()
        eventually(lambda: list(self._state.glob("*/*.position")), "the file to be known")  # rotated before: not sent
        self.knows = True
        while self.kills < KILLS:
            if self.kills:
                self._start()
            assert self._process is not None
            time.sleep(self._chance.uniform(0.2, 1.6))
            self._process.kill()
            assert self._process.wait() == -9, self._said.read_text()
            self.kills += 1
            if self._chance.random() < 0.5:
                self._application.rotate()
        self._start()

    def _start(self) -> None:
        with open(self._said, "ab") as said:
            self._process = subprocess.Popen(self._words, env=self._environment, stderr=said)

    def end(self) -> None:
        self.join()
        if self._process is not None:
            self._process.terminate()
            assert self._process.wait(30) == 0, self._said.read_text()


class Stored:
    """The lines in the server's journal, as they come."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._read: dict[Path, int] = {}
        self.lines: Counter[str] = Counter()

    def count(self) -> int:
        for path in self._server.log_path.glob("*/*/*.jsonl"):
            with open(path, "rb") as file:
                file.seek(self._read.get(path, 0))
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            for entry in whole.splitlines():
                self.lines.update(line.strip() for line in json.loads(entry)["message"].split("\n"))
        return self.lines.total()

    def differences(self, written: Counter[str]) -> str:
        missing, surplus = written - self.lines, self.lines - written
        return f"{missing.total()} missing: {_ranges(missing)}, {surplus.total()} too many: {_ranges(surplus)}"


def test_each_line_is_stored_once_though_the_reader_is_killed_files_rotate_and_the_server_goes(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts/need", "logrotate=logrotate"], check=True)
    tmp_path.chmod(0o755)  # logrotate wants nobody else to write there
    chance = random.Random(SEED)
    server = Server(tmp_path / "server").start()
    applications = [
        Application(tmp_path / name, way, random.Random(chance.random()))
        for name, way in (("create", CREATE), ("copytruncate", COPYTRUNCATE))
    ]
    followers = [Follower(application, server, random.Random(chance.random())) for application in applications]
    try:
        for follower in followers:
            follower.start()
        eventually(lambda: all(follower.knows for follower in followers), "both files to be known")
        while any(follower.is_alive() for follower in followers):
            time.sleep(chance.uniform(0.2, 0.8))
            chance.choice(applications).rotate()
            if chance.random() < 0.1:
                server.kill() if chance.random() < 0.5 else server.stop()
                time.sleep(chance.uniform(0, 1))
                server.start()
        for application in applications:
            application.close()
        written = Counter(line.strip() for application in applications for line in application.written)
        stored = Stored(server)
        with contextlib.suppress(AssertionError):  # which lines are not there says more
            eventually(lambda: stored.count() >= written.total(), "all lines")
    finally:
        for application in applications:
            application.close()
        for follower in followers:
            follower.end()
        server.stop()
    stored.count()
    assert written.total() > KILLS * 100
    assert stored.lines == written, stored.differences(written)


def _ranges(lines: Counter[str]) -> list[str]:
    """The lines' names and numbers, those in a row as one."""
    numbers = sorted({(line.split()[3], int(line.split()[1])) for line in lines})
    starts = [one for one in numbers if (one[0], one[1] - 1) not in numbers]
    ends = [one for one in numbers if (one[0], one[1] + 1) not in numbers]
    return [f"{name} {first} to {last}" for (name, first), (_, last) in zip(starts, ends, strict=True)][:9]
