"""A disk that is full, and a server that restarts, while senders over sockets log: nothing is stored twice.

Nothing tells such a sender what became of its entry, except Forward's acknowledgements: what it says while nothing can
be stored waits in the server and in its connection.
"""

import errno
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.faults.test_disk_faults import FailingDisk
from tests.harness import eventually, running
from tests.senders.http import KEY
from tests.senders.interrupted import LONGEST, Ended, Programs
from tests.senders.sockets import MONOLOG, NODE, PYTHON, started
from tests.sockets.senders import metric, ports

SENDERS = (*PYTHON, *NODE, *MONOLOG)
ACKNOWLEDGED = tuple(name for name in NODE if name.startswith("fluent"))
UNACKNOWLEDGED = tuple(name for name in SENDERS if name not in ACKNOWLEDGED)
NEVER_AGAIN = ("SysLogHandler TCP",)
"""Those that don't connect again when their connection has ended, whoever the server is."""

ALLOWED = {"API_SECRET": KEY, "ALLOWED_NETWORKS": "127.0.0.1"}

pytestmark = pytest.mark.timeout(4 * LONGEST)


@pytest.fixture(scope="module")
def ends(
    tmp_path_factory: pytest.TempPathFactory, preload: Path, senders: Path, node_modules: Path
) -> Iterator[dict[str, Ended]]:
    server = FailingDisk(tmp_path_factory.mktemp("server"), preload, **ALLOWED, **ports())
    with ExitStack() as stack:
        server.start()
        stack.callback(server.stop)
        start = partial(started, server=server, python=senders, modules=node_modules, PHASES="1")
        programs = Programs(SENDERS, start, server, stack)
        programs.log("before")
        programs.wait_for("before")

        server.fail("write", errno.ENOSPC, ".jsonl")
        programs.log("full")
        eventually(lambda: "their senders are not read: " in server.log, "senders to wait")
        server.heal()
        programs.wait_for("full")

        server.stop()
        programs.log("restart")
        server.start()
        programs.wait_for("restart", ACKNOWLEDGED)
        programs.log("again")  # on connections whose end some notice by losing it
        programs.wait_for("again", ACKNOWLEDGED)
        programs.log("after")
        programs.wait_for("after", [name for name in SENDERS if name not in NEVER_AGAIN])
        yield programs.end()


@pytest.mark.parametrize("name", SENDERS)
def test_what_is_said_to_a_server_is_stored_once_also_when_it_has_no_room(ends: dict[str, Ended], name: str) -> None:
    phases = ["before", "full"] if name in NEVER_AGAIN else ["before", "full", "after"]
    assert [ends[name].of(name, phase) for phase in phases] == [[1, 1, 1]] * len(phases)


@pytest.mark.parametrize("name", SENDERS)
def test_what_is_said_around_a_restart_is_not_stored_twice_and_kept_where_it_is_acknowledged(
    ends: dict[str, Ended], name: str
) -> None:
    for phase in ("restart", "again"):
        stored = ends[name].of(name, phase)
        assert max(stored) <= 1, phase
        if name in ACKNOWLEDGED:
            assert min(stored) == 1, phase


@pytest.mark.parametrize("name", SENDERS)
def test_it_neither_crashes_nor_hangs(ends: dict[str, Ended], name: str) -> None:
    assert ends[name].code == 0, ends[name].errors


@pytest.mark.parametrize(
    ("refusal", "names"),
    [({"ALLOWED_NETWORKS": "10.0.0.0/8"}, UNACKNOWLEDGED), ({"API_SECRET": "another"}, ACKNOWLEDGED)],
    ids=["from another network", "with a wrong key"],
)
def test_who_may_not_send_stores_nothing_and_ends_all_the_same(
    tmp_path: Path, senders: Path, node_modules: Path, refusal: dict[str, str], names: tuple[str, ...]
) -> None:
    with running(tmp_path, **{**ALLOWED, **refusal}, **ports()) as server, ExitStack() as stack:
        start = partial(started, server=server, python=senders, modules=node_modules, PHASES="1")
        programs = Programs(names, start, server, stack)
        programs.log("refused")
        programs.end()
        assert server.search(limit=1)["total"] == 0
        assert metric(server, "logstream_connections_refused_total") > 0
        assert "Traceback" not in server.log
