"""What gets into ClickHouse's SQL: texts as they are, and the statements that make the tables."""

import pytest

from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.address import read_address
from logstream.stores.clickhouse.migrations import as_sql
from tests.clickhouse import ClickHouse


def test_every_character_comes_through_a_literal_and_is_found_by_its_pattern(clickhouse: ClickHouse) -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    odd = ["\\'", "'; DROP TABLE x --", "\\\\", "%_\\%", "\\0", "a\0b", "\\x41", "{p:String}", "--", "/*", "\ud7ff"]
    for start in range(0, len(characters), 50_000):
        text = "".join(characters[start : start + 50_000])
        ((said,),) = clickhouse.ask(f"SELECT hex({quoting.text(text)})")
        assert bytes.fromhex(said).decode() == text
    for start in range(0, 0x300, 0x100):
        some = [*odd, *characters[start : start + 0x100]]
        found = [f"{quoting.text(f'before{one}behind')} LIKE {quoting.pattern(one)}" for one in some]
        other = [f"'beforebehind' LIKE {quoting.pattern(one + 'no')}" for one in some]
        assert clickhouse.ask(f"SELECT {', '.join(found + other)}") == [["1"] * len(some) + ["0"] * len(some)]


def test_an_address_is_read_and_shows_itself_without_its_password() -> None:
    address = read_address("https://writer:p%40ss%2Fword@logs.example.com/entries")
    assert (address.host, address.port, address.secure, address.name) == ("logs.example.com", 8443, True, "entries")
    assert (address.user, address.password) == ("writer", "p@ss/word")
    assert f"{address} {address!r}".count("p@ss") == 0
    assert read_address("http://127.0.0.1/x").port == 8123
    for wrong in ("clickhouse://host/x", "http:///x", "http://host/x/y", "http://host/x?a=1"):
        with pytest.raises(ValueError, match="an address such as"):
            read_address(wrong)


def test_on_a_cluster_every_table_is_made_on_all_nodes_and_entries_are_distributed() -> None:
    statements = as_sql("logs")
    made = [line for line in statements.splitlines() if line.startswith("CREATE TABLE")]
    assert all(" ON CLUSTER 'logs' " in line for line in made)
    assert [line.split()[5] for line in made] == [
        "logstream_migrations",
        "log_entries_local",
        "log_entries",
        "shared_documents",
        "stream_progress",
        "idempotency_claims",
    ]
    added = [line for line in statements.splitlines() if line.startswith("ALTER TABLE")]
    assert all(" ON CLUSTER 'logs' ADD " in line for line in added)
    assert [line.split()[2] for line in added] == ["log_entries_local", "log_entries_local", "log_entries"]
    assert "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')" in statements
    assert (
        "ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', change)"
        in statements
    )
    assert "ENGINE = Distributed('logs', currentDatabase(), log_entries_local, cityHash64(id))" in statements
    assert "CLUSTER" not in as_sql()
    assert "Replicated" not in as_sql()
