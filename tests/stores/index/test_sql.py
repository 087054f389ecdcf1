"""Queries in DuckDB's SQL mean what query.py says."""

import sys

import duckdb

from logstream.query.comparison import fold


def test_folding_is_the_same_in_python_and_in_the_index_for_every_character() -> None:
    characters = [chr(n) for n in range(1, sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]
    db = duckdb.connect()
    db.execute("CREATE TABLE t (c VARCHAR)")
    db.execute("INSERT INTO t SELECT unnest(?)", [characters])
    folded = dict(db.execute("SELECT c, lower(upper(c)) FROM t").fetchall())
    different = {c: (fold(c), folded[c]) for c in characters if fold(c) != folded[c]}
    assert different == {}
