"""Nodes that share a stream and a database of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.clickhouse import ClickHouse
from tests.cluster.nodes import Nodes
from tests.database import MariaDb
from tests.nats_cluster import NatsCluster

Settings = dict[str, str]
Database = MariaDb | ClickHouse


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is about nodes runs with MariaDB; with ClickHouse too what is marked `clickhouse_too`."""
    if "database" in metafunc.fixturenames:
        too = metafunc.definition.get_closest_marker("clickhouse_too")
        kinds = ["mariadb", "clickhouse"] if too else ["mariadb"]
        metafunc.parametrize("database", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> Database:
    """What the stream fills."""
    made: Database = request.getfixturevalue(request.param)
    return made


@pytest.fixture(scope="module")
def new_cluster(
    database: Database, nats_cluster: NatsCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Nodes]]:
    """Makes nodes of a new cluster: nothing runs yet."""
    with ExitStack() as stack:

        def made() -> Nodes:
            settings = stack.enter_context(database.database())
            nodes = Nodes(tmp_path_factory.mktemp("nodes"), {**settings, **nats_cluster.settings()})
            return stack.enter_context(nodes)

        yield made


@pytest.fixture(scope="module")
def cluster(new_cluster: Callable[[], Nodes]) -> Nodes:
    """Two nodes that run, for all tests of a module, which tell their entries apart by app_key."""
    nodes = new_cluster()
    nodes.start("a", "b")
    return nodes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
