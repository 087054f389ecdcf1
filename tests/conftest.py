"""Fixtures that all tests share."""

import contextlib
import fcntl
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from tests.clickhouse import ClickHouse, clickhouse_for_tests
from tests.database import MariaDb, mariadb_for_tests
from tests.harness import ROOT, Server, measuring, running
from tests.nats_cluster import STORE, NatsCluster, nats_for_tests
from tests.senders.environment import senders_python

UMASK = 0o022
"""Whatever that of the caller is: some tests run programs as another user."""

UNMEASURED = ("browser", "clients_python", "senders")
"""Folders whose servers run no code that those of other tests don't: measuring them would only cost processor time."""

os.umask(UMASK)
settings.register_profile("logstream", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("logstream")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in no folder goes first: it builds packages and waits for the network; last, all would wait for it."""
    items.sort(key=lambda item: item.path.parent != ROOT / "tests")


def pytest_sessionfinish() -> None:
    """Save the coverage of one of pytest-xdist's workers before it ends: it is killed when that takes ten seconds."""
    if (measured := Coverage.current()) is not None:
        measured.save()


@pytest.fixture(scope="session")
def coverage_settings() -> dict[str, str]:
    """What coverage put into the environment, so that every Python program measures itself, also pip: taken out."""
    name = "COVERAGE_PROCESS_CONFIG"
    return {name: os.environ.pop(name)} if name in os.environ else {}


@pytest.fixture(scope="module", autouse=True)
def measured(request: pytest.FixtureRequest, coverage_settings: dict[str, str]) -> Iterator[None]:
    """The servers and commands that a module starts measure their coverage, unless its folder is UNMEASURED.

    Nor those of a module with `unmeasured = True`.
    """
    if request.path.parent.name not in UNMEASURED and not getattr(request.module, "unmeasured", False):
        measuring.update(coverage_settings)
    yield
    measuring.clear()


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDb]:
    """One MariaDB for all tests of this process, each with a database of its own."""
    with mariadb_for_tests(tmp_path_factory.mktemp("mariadb")) as started:
        yield started


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """One ClickHouse for all tests of this process, each with a database of its own."""
    with clickhouse_for_tests(tmp_path_factory.mktemp("clickhouse")) as started:
        yield started


@pytest.fixture(scope="session")
def nats_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    """One NATS cluster for all tests of this process, each with a stream of its own."""
    with nats_for_tests(tmp_path_factory.mktemp("nats")) as started:
        yield started


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """A store in the test's own process sets the umask of the process, which must not be that of the next test."""
    yield
    os.umask(UMASK)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel, which was built from the sdist, and what it depends on.

    Of pytest-xdist's workers, the first that needs it makes it for all.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "distribution"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            make_programs(folder)
            (folder / "made").touch()
    return folder / "env/bin"


def make_programs(folder: Path) -> None:
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(ROOT)]
    built = subprocess.run(build, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    wheel, sdist = sorted((folder / "dist").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert (wheel.suffix, sdist.suffix) == (".whl", ".gz")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    packages = next((folder / "env/lib").glob("python*/site-packages"))
    packages.joinpath("dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "env/bin/python"), "--quiet"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", str(wheel)], check=True)


@pytest.fixture(scope="session")
def senders() -> Path:
    """The interpreter that has what other people log with."""
    return senders_python()


@pytest.fixture(scope="session")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """disk.c, which lets a server's disk fail, as a library."""
    need = subprocess.run([ROOT / "scripts/need", "gcc=gcc libc6-dev"], capture_output=True, check=False)
    if need.returncode:
        pytest.skip(need.stderr.decode())
    library, source = tmp_path_factory.mktemp("disk") / "disk.so", ROOT / "tests/faults/disk.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


Settings = Callable[[], dict[str, str]]


@pytest.fixture(scope="module")
def storage(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Gives the settings of an empty storage each time: file storage, or what `all_stores` asks for."""
    kind = getattr(request, "param", "file")
    with contextlib.ExitStack() as databases:

        def settings() -> dict[str, str]:
            if kind == "file":
                return {}
            if kind == "cluster":
                filled = databases.enter_context(request.getfixturevalue(STORE).database())
                return {**filled, **request.getfixturevalue("nats_cluster").settings()}
            return databases.enter_context(request.getfixturevalue(kind).database())

        yield settings


@pytest.fixture
def server(tmp_path: Path, storage: Settings) -> Iterator[Server]:
    """A server of the test's own, with nothing in it and no keys."""
    with running(tmp_path / "server", **storage()) as started:
        yield started


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, storage: Settings) -> Iterator[Server]:
    """One server for a module's tests, which tell their entries apart by app_key."""
    with running(tmp_path_factory.mktemp("server"), **storage()) as started:
        yield started


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`all_stores = True` in a module: every test that asks for a storage runs with each.

    With `cluster_too = True` also with the only node of a cluster.

    All but those marked `file_storage`: what they are about is different, or is not, where clients are registered.
    """
    files_alone = metafunc.definition.get_closest_marker("file_storage")
    if "storage" in metafunc.fixturenames and getattr(metafunc.module, "all_stores", False) and not files_alone:
        kinds = ["file", "mariadb", "clickhouse"]
        if getattr(metafunc.module, "cluster_too", False):
            kinds.append("cluster")
        metafunc.parametrize("storage", kinds, indirect=True, scope="module")
