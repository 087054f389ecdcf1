"""Fixtures that all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.harness import Server, running

settings.register_profile("logstream", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("logstream")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, with an empty journal and no keys."""
    with running(tmp_path / "server") as started:
        yield started


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for a module's tests, which tell their entries apart by app_key."""
    with running(tmp_path_factory.mktemp("server")) as started:
        yield started
