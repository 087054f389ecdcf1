"""A server for a module's tests, each with an app_key of its own, and what is stored under it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness import Server

Stored = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def app_key(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:100]


@pytest.fixture
def stored(shared_server: Server, app_key: str) -> Stored:
    """What this test has stored, in the order in which it was logged."""

    def found() -> list[dict[str, Any]]:
        return sorted(shared_server.all_entries(app_key=app_key), key=lambda entry: (entry["timestamp"], entry["id"]))

    return found
