"""One transaction on a connection to DuckDB."""

import contextlib
from collections.abc import Iterator

import duckdb


@contextlib.contextmanager
def transaction(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All that is done in it, or nothing of it."""
    db.begin()
    try:
        yield
        db.commit()
    except BaseException:
        with contextlib.suppress(duckdb.Error):
            db.rollback()
        raise
