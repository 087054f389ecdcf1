"""Nodes that share a stream and a database of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.nodes import Nodes
from tests.database import MariaDb
from tests.nats_cluster import NatsCluster

Settings = dict[str, str]


@pytest.fixture(scope="module")
def new_cluster(
    mariadb: MariaDb, nats_cluster: NatsCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Nodes]]:
    """Makes nodes of a new cluster: nothing runs yet."""
    with ExitStack() as stack:

        def made() -> Nodes:
            database = stack.enter_context(mariadb.database())
            nodes = Nodes(tmp_path_factory.mktemp("nodes"), {**database, **nats_cluster.settings()})
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
