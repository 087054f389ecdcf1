"""What log text may do to a terminal: nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.client.reading.terminal_text import columns, visible, visible_json, visible_lines

DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HIDDEN = {
    "C1": "\x80\x85\x9b\x9f",
    "soft hyphen": "\xad",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "directions": DIRECTIONS,
    "line and paragraph separators": "\u2028\u2029",
    "invisible operators": "\u2061\u2064\u206a\u206f",
    "variation selectors": "\ufe00\ufe0f\U000e0100\U000e01ef\u180b",
    "tags": "\U000e0001\U000e0020\U000e0041\U000e007f",
    "fillers and blanks": "\u034f\u115f\u1160\u17b4\u2800\u3164\uffa0",
    "annotations": "\ufff9\ufffb\U0001d173\U0001bca0",
    "private use": "\ue000\uf8ff\U000f0000\U0010fffd",
    "no characters": "\ufdd0\ufffe\uffff",
}
WRITTEN = [
    "Grüße, 日本, שלום, nbsp:\xa0.",
    "👩‍👩‍👧 👩🏽‍💻 🏳️‍🌈 ❤️ ☎︎ ©️ 1️⃣ #️⃣",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "می\u200cخواهم",
    "क्\u200dष श्री\u0020लंका ශ්\u200dරී",
    "葛\U000e0100飾区 㐂\ufe00",
    "\u1820\u180b",
]


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


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_cannot_be_seen_is_shown_as_an_escape(kind: str) -> None:
    for one in HIDDEN[kind]:
        for text in (f"pass{one}word", one, f"{one}{one}", f" {one}\n"):
            escape = f"\\x{ord(one):02x}" if ord(one) < 256 else f"\\u{ord(one):04x}"
            escape = f"\\U{ord(one):08x}" if ord(one) > 0xFFFF else escape
            assert visible(text) == text.replace(one, escape).replace("\n", "␊")
            assert visible_lines(text) == text.replace(one, escape)
            line = json.dumps({"message": text}, ensure_ascii=False).encode()
            assert one not in visible_json(line).decode()
            assert json.loads(visible_json(line)) == {"message": text}


@pytest.mark.parametrize("text", WRITTEN)
def test_what_a_script_or_an_emoji_is_written_with_stays(text: str) -> None:
    assert visible(text) == visible_lines(text) == text
    line = json.dumps(text, ensure_ascii=False).encode()
    assert visible_json(line) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("❤\ufe0f\ufe01\ufe02", "❤\ufe0f\\ufe01\\ufe02"),  # bytes behind an emoji
        ("😀\U000e0148\U000e0149", "😀\\U000e0148\\U000e0149"),
        ("🏴\U000e0068\U000e0069\U000e007f", "🏴\\U000e0068\\U000e0069\\U000e007f"),  # a flag of nowhere
        ("pay\ufe0f\u200d💩", "pay\\ufe0f\\u200d💩"),
        ("1\ufe0f", "1\\ufe0f"),
        ("مa\u200cb", "مa\\u200cb"),
    ],
)
def test_the_same_characters_elsewhere_are_shown(text: str, shown: str) -> None:
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
    assert columns("葛\U000e0100") == 2
