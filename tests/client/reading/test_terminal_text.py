"""What log text may do to a terminal: nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.client.reading.terminal_text import columns, visible, visible_json, visible_lines

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("a\rb\x00\x08\x7f", "a␍b␀␈␡"),
        ("\x9b31m", "\\x9b31m"),
        ("user\u202egpj.exe", "user\\u202egpj.exe"),
        ("tab\tline\n", "tab␉line␊"),
        ("Grüße, 日本 👩‍👩‍👧 שלום", "Grüße, 日本 👩‍👩‍👧 שלום"),
    ],
)
def test_what_would_control_a_terminal_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_and_tabs_may_stay_and_cr_lf_is_a_line_break() -> None:
    assert visible_lines("a\r\nb\tc\rd\x1be\n") == "a\nb\tc␍d␛e\n"


@given(st.text())
def test_nothing_that_controls_is_left(text: str) -> None:
    for shown, kept in ((visible(text), ""), (visible_lines(text), "\n\t")):
        assert not [
            one for one in shown if (ord(one) < 32 or 127 <= ord(one) < 160 or one in DIRECTIONS) and one not in kept
        ]


@given(st.text())
def test_json_for_a_terminal_has_the_same_value(text: str) -> None:
    line = json.dumps({"message": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        line.decode()
    except UnicodeDecodeError:
        return  # a lone surrogate: the server sends none
    shown = visible_json(line)
    assert json.loads(shown) == {"message": text}
    assert not [one for one in shown.decode() if ord(one) < 32 or 127 <= ord(one) < 160 or one in DIRECTIONS]


def test_columns_count_wide_and_combining_characters() -> None:
    assert (columns("abc"), columns("日本"), columns("e\u0301"), columns("")) == (3, 4, 1, 0)
