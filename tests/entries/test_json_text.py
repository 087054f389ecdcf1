"""JSON made safe to store."""

import pytest

from logstream.entries.json_text import checked


@pytest.mark.parametrize("body", ['"\\ud8é日"', '"\\ud8"', '"\\udé"'])
def test_an_escape_that_is_cut_off_leaves_the_characters_behind_it_whole(body: str) -> None:
    assert checked(body.encode()).decode() == body


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert checked(b'"\\ud83d\\ude00 \\ud83d x"') == b'"\\ud83d\\ude00 \\ufffd x"'
