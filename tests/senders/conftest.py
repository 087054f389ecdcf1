"""Fixtures of what comes from npm."""

from pathlib import Path

import pytest

from tests.senders.node import node_senders


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the senders from npm."""
    return node_senders()
