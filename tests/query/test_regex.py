"""What is known of a regular expression without running it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.query.comparison import fold
from logstream.query.regex import RegexError, compiled, literals_of


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("timeout", ["timeout"]),
        (r"time(out|d) after \d+ ms", []),
        (r"user \d+ logged in from 10\.", ["user ", " logged in from 10."]),
        ("zebraf[a-z]+h", ["zebraf", "h"]),
        ("colou?r", ["colo", "r"]),
        ("ab+c*d", ["ab", "d"]),
        ("x{2,3}yz", ["yz"]),
        ("(?i)Connection (refused)? by peer", ["Connection ", " by peer"]),
        (r"^\[error\] .*$", ["[error] "]),
        (r"[]a]b[^]c]d[[:alpha:]\]e]f", ["b", "d", "f"]),
        ("a{x", ["a", "x"]),
        (r"\Qa.b\E", []),
        (r"\x41b", []),
        (r"\pLabc", []),
        (r"tab\there", ["tab", "here"]),
        ("caf\u00e9 au lait", ["caf", " au lait"]),
        ("", []),
    ],
)
def test_texts_that_whatever_matches_has(pattern: str, literals: list[str]) -> None:
    compiled(pattern)
    assert literals_of(pattern) == literals


PIECES = ["node-", "a", "b", "\\d+", "\\.", ".", "*", "+", "?", "{2}", "{2,3}", "(", ")", "|", "[ab]", "[^c]"]
PIECES += ["\\b", "^", "$", "-", "/"]
PIECES += ["\\x41", "\\101", "\\pL", "\\Q", "\\E", "(?i)", "(?:", "[[:alpha:]]", "é", "\\\\", " ", "K", "ſ"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
    st.text("node-ab.c12 AéKſ\\", max_size=14),
    st.booleans(),
)
def test_whatever_an_expression_matches_has_its_literals(pattern: str, text: str, ignore_case: bool) -> None:
    try:
        matches = compiled(pattern, ignore_case=ignore_case).search(text)
    except RegexError:
        return
    if matches:
        assert all(fold(literal) in fold(text) for literal in literals_of(pattern))
