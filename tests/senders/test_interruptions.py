"""A disk that is full, and a server that restarts, while each sender logs: it goes on, and nothing is stored twice.

All senders meet the same interruptions at the same time, which takes as long as the slowest does.
"""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.test_disk_faults import FailingDisk
from tests.harness import eventually
from tests.senders.http import SENDERS, started
from tests.senders.interrupted import LONGEST, Ended, Programs, app_of
from tests.sockets.senders import metric

WAIT_FOR_A_SERVER = tuple(name for name in SENDERS if name.startswith(("OpenTelemetry", "splunk-handler", "logtail")))
"""What meets nobody, they send again. The others drop it, whoever the server is."""

WAIT_FOR_ROOM = (*WAIT_FOR_A_SERVER, "pino-seq")
"""What is answered with a 503, they send again."""

pytestmark = pytest.mark.timeout(4 * LONGEST)
CALM = ("before", "between", "after")


@pytest.fixture(scope="module")
def ends(
    tmp_path_factory: pytest.TempPathFactory, preload: Path, senders: Path, node_modules: Path
) -> Iterator[dict[str, Ended]]:
    server = FailingDisk(tmp_path_factory.mktemp("server"), preload)
    with ExitStack() as stack:
        server.start()
        stack.callback(server.stop)

        def start(name: str) -> "subprocess.Popen[str]":
            return started(name, senders, node_modules, server, APP=app_of(name), PHASES="1")

        programs = Programs(SENDERS, start, server, stack)
        programs.log("before")
        programs.wait_for("before")

        server.fail("write", errno.ENOSPC, ".jsonl")
        programs.log("full")
        eventually(
            lambda: metric(server, "logstream_rejected_total", reason="service unavailable") >= len(SENDERS), "refusals"
        )
        server.heal()
        programs.wait_for("full", WAIT_FOR_ROOM)
        programs.log("between")
        programs.wait_for("between")

        programs.log("restart")
        server.stop()
        server.start()
        programs.wait_for("restart", WAIT_FOR_A_SERVER)
        programs.log("after")
        programs.wait_for("after")
        yield programs.end()


@pytest.mark.parametrize("name", SENDERS)
def test_what_it_sends_before_and_after_is_stored_once(ends: dict[str, Ended], name: str) -> None:
    assert [ends[name].of(name, phase) for phase in CALM] == [[1, 1, 1]] * 3


@pytest.mark.parametrize("name", SENDERS)
def test_what_it_sends_meanwhile_is_stored_once_or_dropped_by_it(ends: dict[str, Ended], name: str) -> None:
    for phase, persistent in (("full", WAIT_FOR_ROOM), ("restart", WAIT_FOR_A_SERVER)):
        stored = ends[name].of(name, phase)
        assert max(stored) <= 1, phase
        if name in persistent:
            assert min(stored) == 1, phase


@pytest.mark.parametrize("name", SENDERS)
def test_it_neither_crashes_nor_hangs(ends: dict[str, Ended], name: str) -> None:
    assert ends[name].code == 0, ends[name].errors
