"""How MariaDB folds case."""

from logstream.query.comparison import fold
from logstream.stores.mariadb.sql import FOLDING
from tests.database import MariaDb


def test_mariadb_folds_every_character_as_python_does(mariadb: MariaDb) -> None:
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    differing = []
    for start in range(0, len(characters), 50_000):
        part = characters[start : start + 50_000]
        text = "".join(part)
        ((folded,),) = mariadb.ask(f"SELECT LOWER(UPPER(_utf8mb4 %s COLLATE {FOLDING}))", text)
        assert len(folded) == len(part)
        differing += [a for a, b in zip(part, folded, strict=True) if fold(a) != b]
    assert differing == []
