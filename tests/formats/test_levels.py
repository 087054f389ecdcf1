"""Words and numbers of loggers for levels."""

import pytest

from logstream.formats.levels import level_of, level_of_priority


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("trace verbose debug dbg dbug vrb trc trce fine finer finest DEBU silly", "debug"),
        ("info INF information config success note", "info"),
        ("notice", "notice"),
        ("warn WRN warning Warning", "warning"),
        ("error ERR erro eror fail SEVERE", "error"),
        ("critical crit fatal FTL FATA alert emerg emergency panic", "critical"),
        ("ERROR+2", "error"),
        ("DEBUG-4", "debug"),
        ("\x1b[31merror\x1b[39m", "error"),
        ("3", "error"),
        ("E GRAVE Schwerwiegend 严重", "error"),
        ("log LOG Informational", "info"),
        ("DEBUG1 DEBUG5", "debug"),
    ],
)
def test_the_words_of_loggers_are_known(words: str, level: str) -> None:
    assert {level_of(word) for word in words.split()} == {level}


@pytest.mark.parametrize("word", ["", "errors", "high", "8", "level", "metadata"])
def test_other_words_are_no_levels(word: str) -> None:
    assert level_of(word) is None


def test_a_priority_holds_the_severity() -> None:
    assert [level_of_priority(number) for number in (11, 12, 13, 14, 191)] == [
        "error",
        "warning",
        "notice",
        "info",
        "debug",
    ]
