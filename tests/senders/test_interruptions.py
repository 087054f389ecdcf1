"""A disk that is full, and a server that restarts, while each sender logs: it goes on, and nothing is stored twice.

All senders meet the same interruptions at the same time, which takes as long as the slowest does. A phase is three
events; its name is what each of them says.
"""

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.test_disk import Disk
from tests.harness import Server, eventually, running
from tests.senders.http import SENDERS, started
from tests.sockets.senders import metric

WAIT_FOR_A_SERVER = ("OpenTelemetry", "splunk-handler", "logtail-python")
"""What meets nobody, they send again. The others drop it, whoever the server is."""

WAIT_FOR_ROOM = (*WAIT_FOR_A_SERVER, "pino-seq")
"""What is answered with a 503, they send again."""

CALM = ("before", "between", "after")


class Ended(NamedTuple):
    code: int
    errors: str
    stored: Counter[str]
    """How often each of its messages."""


def app_of(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name).lower()


def messages(phase: str) -> list[str]:
    return [f"{phase} {number}" for number in range(3)]


class Programs:
    """All of them, running."""

    def __init__(self, processes: "dict[str, subprocess.Popen[str]]", server: Server) -> None:
        self._processes = processes
        self._server = server

    def log(self, phase: str) -> None:
        for process in self._processes.values():
            assert process.stdin is not None
            process.stdin.write(phase + "\n")
            process.stdin.flush()

    def wait_for(self, phase: str, *names: str) -> None:
        """Until what all of them, or those whose names begin so, said in a phase is stored."""
        wanted = {app_of(name) for name in self._processes if name.startswith(names or "")}

        def missing() -> set[str]:
            stored = Counter(entry["app_key"] for entry in self._server.all_entries(search=phase))
            return {app for app in wanted if stored[app] < 3}

        try:
            eventually(lambda: not missing(), phase, 90)
        except AssertionError:
            raise AssertionError(f"{phase}: too little of {missing()}\n{self._server.log}") from None

    def end(self) -> dict[str, Ended]:
        ends = {}
        for process in self._processes.values():
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        for name, process in self._processes.items():
            _, errors = process.communicate(timeout=60)
            stored = Counter(entry["message"] for entry in self._server.all_entries(app_key=app_of(name)))
            ends[name] = Ended(process.returncode, errors, stored)
        return ends


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    made = Disk(tmp_path_factory.mktemp("disk") / "disk")
    yield made
    made.unmount()


@pytest.fixture(scope="module")
def ends(
    tmp_path_factory: pytest.TempPathFactory, disk: Disk, senders: Path, node_modules: Path
) -> Iterator[dict[str, Ended]]:
    with running(tmp_path_factory.mktemp("server"), LOG_PATH=str(disk.folder / "logs")) as server, ExitStack() as stack:
        processes = {
            name: stack.enter_context(started(name, senders, node_modules, server, APP=app_of(name), PHASES="1"))
            for name in SENDERS
        }
        for process in processes.values():
            stack.callback(process.kill)
        programs = Programs(processes, server)
        programs.log("before")
        programs.wait_for("before")

        give_back = disk.fill(server)
        programs.log("full")
        eventually(
            lambda: metric(server, "logstream_rejected_total", reason="service unavailable") >= len(SENDERS), "refusals"
        )
        give_back()
        programs.wait_for("full", *WAIT_FOR_ROOM)
        programs.log("between")
        programs.wait_for("between")

        programs.log("restart")
        server.stop()
        server.start()
        programs.wait_for("restart", *WAIT_FOR_A_SERVER)
        programs.log("after")
        programs.wait_for("after")
        yield programs.end()


@pytest.mark.parametrize("name", SENDERS)
def test_what_it_sends_before_and_after_is_stored_once(ends: dict[str, Ended], name: str) -> None:
    wanted = [message for phase in CALM for message in messages(phase)]
    assert [message for message in wanted if ends[name].stored[message] != 1] == []


@pytest.mark.parametrize("name", SENDERS)
def test_what_it_sends_meanwhile_is_stored_once_or_dropped_by_it(ends: dict[str, Ended], name: str) -> None:
    for phase, persistent in (("full", WAIT_FOR_ROOM), ("restart", WAIT_FOR_A_SERVER)):
        stored = [ends[name].stored[message] for message in messages(phase)]
        assert max(stored) <= 1, phase
        if name.startswith(persistent):
            assert min(stored) == 1, phase


@pytest.mark.parametrize("name", SENDERS)
def test_it_neither_crashes_nor_hangs(ends: dict[str, Ended], name: str) -> None:
    assert ends[name].code == 0, ends[name].errors
