"""A database of its own for a test."""

from collections.abc import Iterator

import pytest

from tests.clickhouse import ClickHouse


@pytest.fixture
def settings(clickhouse: ClickHouse) -> Iterator[dict[str, str]]:
    with clickhouse.database() as made:
        yield made
