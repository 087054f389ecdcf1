"""Members of contexts and traces as tokens, however JSON writes them."""

import msgspec
import numpy as np
import pytest

from logstream.stores.index.bits import BitTable, grams_in, grams_of, lines_of, places_of
from logstream.stores.index.tokens import is_odd, key_token, member_token, members_in, trace_token, traces_in

CONTEXT = (
    b'{"user":{"id":42,"name":"anna b","plan":"pro"},"ratio":0.50,"big":4.2e1,"text":"42","zeros":"007","none":null,'
    b'"flags":[true,{"deep":{"ok":false}}],"ip":"10.0.0.1","empty":"","list":[1,2],"minus":-0,"quoted":"a\\"b",'
    b'"dotted.key":1,"huge":123456789012345678901234567890}'
)


def tokens(*contexts: bytes) -> set[int]:
    return {int(token) for lines in lines_of(b"\n".join(contexts)) for token in members_in(lines)}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "42"),
        ("id", "42.0"),
        ("id", "4.2e1"),
        ("name", "anna b"),
        ("plan", "pro"),
        ("ratio", "0.5"),
        ("ratio", "0.50"),
        ("big", "42"),
        ("text", "42"),
        ("zeros", "7"),
        ("zeros", "007"),
        ("ok", "false"),
        ("ip", "10.0.0.1"),
        ("minus", "0"),
        ("dotted.key", "1"),
    ],
)
def test_a_member_is_found_however_its_number_is_written(key: str, value: str) -> None:
    assert member_token(key, value) in tokens(b'{"other":1}', CONTEXT, b'{"id":43}')


@pytest.mark.parametrize(("key", "value"), [("id", "43"), ("id", "4"), ("plan", "42"), ("na", "anna b"), ("id", "2")])
def test_others_are_not(key: str, value: str) -> None:
    assert member_token(key, value) not in tokens(CONTEXT)


@pytest.mark.parametrize(
    ("key", "value"), [("a/b", "1"), ("id", "caf\u00e9"), ("id", 'a"b'), ("id", "a\nb"), ("id", ""), ("id", "9" * 20)]
)
def test_what_json_may_write_in_several_ways_has_no_token(key: str, value: str) -> None:
    assert member_token(key, value) is None


def test_a_key_is_found_whatever_its_value() -> None:
    found = tokens(CONTEXT)
    for key in ("user", "none", "flags", "deep", "list", "quoted", "empty"):
        assert key_token(key) in found
    assert key_token("nobody") not in found


@pytest.mark.parametrize(
    ("context", "odd"),
    [
        (CONTEXT, False),
        (b'{"payload":"{\\"a\\": 1}"}', False),
        (b'{"\\u00e9":"\\u2028 \\n"}', False),
        (b'{"id": 42}', True),
        (b'{"id"\t:42}', True),
        (b'{"\\u0069d":42}', True),
    ],
)
def test_json_that_is_written_otherwise_is_told(context: bytes, odd: bool) -> None:
    assert is_odd(b'{"a":1}\n' + context) is odd


def test_traces_of_any_form_are_found() -> None:
    traces = ["0dd27a65-bd62-4881-ad1b-72dba7abe1c2", "", "4bf92f3577b34da6a3ce929d0e0e4736", "\u00e9"]
    found = {int(token) for lines in lines_of("\n".join(traces).encode()) for token in traces_in(lines)}
    assert found == set(map(trace_token, traces))


def test_texts_longer_than_a_piece_have_all_their_grams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logstream.stores.index.bits.PIECE", 7)
    text = b"a long line of text, and another one"
    assert {int(place) for some in grams_in(text) for place in some} == set(grams_of(text))


@pytest.mark.parametrize("count", [1, 100, 10_000, 100_000])
def test_a_table_is_halved_as_long_as_it_has_room_and_forgets_nothing(count: int) -> None:
    table = BitTable()
    tokens = [token * 0x9E3779B97F4A7C15 % 2**64 for token in range(count)]
    for token in tokens:
        table.set([np.array(places_of(token), np.uint32)])
    bits = table.take()
    assert len(bits).bit_count() == 1
    shift = 18 - (len(bits).bit_length() + 2)
    for token in tokens:
        assert all(bits[place >> shift >> 3] >> (place >> shift & 7) & 1 for place in places_of(token))
    assert table.take() == bytes(512)


def test_contexts_are_what_json_decodes() -> None:
    msgspec.json.decode(CONTEXT)
