"""What MariaDB decides by itself: folding of case, and the texts that expressions contain."""

from hypothesis import given
from hypothesis import strategies as st

from logstream.query.comparison import fold
from logstream.query.regex import RegexError, compiled
from logstream.stores.mariadb.sql import FOLDING, required_text
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


PIECES = ["node-", "a", "b", "\\d+", "\\.", ".", "*", "+", "?", "{2}", "{2,3}", "(", ")", "|", "[ab]", "[^c]"]
PIECES += ["\\b", "^", "$", "-", "/"]
PIECES += ["\\x41", "\\101", "\\pL", "\\Q", "\\E", "(?i)", "(?:", "[[:alpha:]]", "é", "\\\\", " ", "K", "ſ"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
    st.text("node-ab.c12 AéKſ\\", max_size=14),
    st.booleans(),
)
def test_whatever_an_expression_matches_contains_its_piece(pattern: str, text: str, ignore_case: bool) -> None:
    try:
        matches = compiled(pattern, ignore_case=ignore_case).search(text)
    except RegexError:
        return
    if matches:
        assert fold(required_text(pattern)) in fold(text)


def test_the_piece_is_as_long_as_can_be_seen() -> None:
    expected = {
        r"node-\d+": "node-", r"^err\.or$": "err.or", "ab+c": "ab", "abc*": "ab", "x{2,3}yz": "yz", "(ab)*cd": "cd",
        "a|b": "", "(?i)abc": "", r"foo\x41bar": "foo", "[ab]cdef": "cdef", "": "",
    }  # fmt: skip
    assert {pattern: required_text(pattern) for pattern in expected} == expected
