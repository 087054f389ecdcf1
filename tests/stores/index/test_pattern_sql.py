"""DuckDB masks messages as `pattern_of` does."""

import random

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from logstream.query.patterns import MAX_MESSAGE, pattern_of
from logstream.stores.index.pattern_sql import PATTERN
from tests.query.test_patterns import messages

LINES = [
    "[Sun Dec 04 04:47:44 2005] [notice] jk2_init() Found child 6725 in scoreboard slot 10",
    "10.250.11.53:50010 Served block blk_-7128370237687728475 to /10.251.43.115 of 64MB in 12µs",
    'rhost=220-135-151-1.hinet-ip.hinet.net user="root" C:\\Temp\\x https://a.example/b?c=1 ada@example.com',
    "5f0c2f4e-6f0a-4c55-9d2b-0d8b6f1f5a11 fe80::1 \x1b[31mfai\x1b[0mled 2026-01-15 14:22:00,123 +02:00",
]
BOUNDARY = [
    "x" * (MAX_MESSAGE - 1) + "12",
    "é" * (MAX_MESSAGE - 2) + "ab12",
    "\x1b[1m" * MAX_MESSAGE + "7",
    "word " * 99 + "1",
]


def assert_equal(texts: list[str]) -> None:
    source = "(SELECT unnest(?) AS message)"
    wanted = [(text, pattern_of(text)) for text in texts]
    with duckdb.connect() as db:
        assert db.execute(f"SELECT message, {PATTERN} FROM {source}", [texts]).fetchall() == wanted


@settings(max_examples=20)
@given(st.lists(messages, min_size=200, max_size=300))
def test_any_text_is_masked_alike(texts: list[str]) -> None:
    assert_equal(texts)


def test_lines_and_pieces_of_lines_are_masked_alike() -> None:
    chance = random.Random(20260115)
    pieces = [line[start : start + length] for line in LINES for start in range(60) for length in (5, 17, 40)]
    assert_equal([*LINES, *BOUNDARY, *("".join(chance.sample(pieces, 3)) for _ in range(3000))])
