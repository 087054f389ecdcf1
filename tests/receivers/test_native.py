"""No more entries are made of a body than there may be, however they are put, and nothing else is refused for it."""

import json
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.entries.json_text import count_items
from logstream.receivers.incoming import Origin
from logstream.receivers.making import MAX_ENTRIES, Received, TooManyEntries
from logstream.receivers.native import Unprepared, prepare, receive

ORIGIN = Origin("a", "b")
MANY = MAX_ENTRIES + 1


def counted(body: bytes, *, lines: bool = False) -> Received:
    """As the endpoint does it."""
    try:
        return receive(body, ORIGIN, lines=lines)
    except Unprepared:
        return receive(prepare(body), ORIGIN, lines=lines, prepared=True)


def entries(received: Received) -> list[str]:
    for _ in received.make("2026-01-15T14:22:00.000Z"):
        pass
    return [entry.message for entry in received.entries]


def items(item: bytes, count: int) -> bytes:
    return b"[" + b",".join([item] * count) + b"]"


@pytest.mark.parametrize("item", [b"{}", b"1", b'{"level":[]}', b"[]", b'{"context":{"a":[1,2]}}'])
@pytest.mark.parametrize("form", [b"%b", b'{"logs":%b}', b' {"app_key":[], "logs": %b}'])
def test_too_many_entries_are_refused_before_they_are_objects(item: bytes, form: bytes) -> None:
    body = form % items(item, 3 * MAX_ENTRIES)
    tracemalloc.start()
    try:
        with pytest.raises(TooManyEntries, match="300000 entries"):
            counted(body)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(body) + 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("line", [b"{}\n", b"1\n", b"{} ", b'{"level":[]}\n'])
def test_too_many_lines_are_refused(line: bytes) -> None:
    body = line * MANY
    if line == b"{} ":
        assert counted(body, lines=True).count == 1  # values in one line are one damaged line, if they may be too many
    else:
        with pytest.raises(TooManyEntries):
            counted(body, lines=True)


def test_as_many_entries_as_there_may_be_are_taken_in_every_form() -> None:
    odd = [b"{}"] * (MAX_ENTRIES - 1) + [b'{"message":["last"]}']
    for body, lines in (
        (b"[" + b",".join(odd) + b"]", False),
        (b'{"logs":[' + b",".join(odd) + b"]}", False),
        (b"\n\n".join(odd), True),
    ):
        messages = entries(counted(body, lines=lines))
        assert len(messages) == MAX_ENTRIES
        assert messages[-1] == '["last"]'


def test_one_entry_with_many_braces_in_its_context_or_message_is_taken() -> None:
    for body in (
        b'{"message":"one","context":' + items(b"{}", MANY) + b"}",
        b'{"message":"one","logs":[],"context":null,"x":' + items(b"{}", MANY) + b',"logs":5}',
        b'[{"message":"one","context":' + items(b'{"a":"]}"}', MANY) + b"}]",
    ):
        assert entries(counted(body)) == ["one"]
    text = "{" * MANY + "," * MANY
    assert entries(counted(json.dumps({"message": text}).encode())) == [text]
    assert entries(counted(json.dumps([{"message": text}, 5]).encode())) == [text]


def test_a_frame_given_twice_does_not_get_past_the_count() -> None:
    large = items(b"{}", MANY)
    tracemalloc.start()
    try:
        received = counted(b'{"logs":' + large + b',"logs":[{"message":"last"}]}')
        assert tracemalloc.get_traced_memory()[1] < 4 * len(large)
    finally:
        tracemalloc.stop()
    assert entries(received) == ["last"]


json_values = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a,[]{}"\\é\n'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='a,[]{}"\\'), inner),
)
encoders: list[Callable[[object], str]] = [json.dumps, lambda value: json.dumps(value, indent=1, ensure_ascii=False)]


@given(values=st.lists(json_values, min_size=1), encode=st.sampled_from(encoders))
def test_the_count_of_a_list_is_exact(values: list[object], encode: Callable[[object], str]) -> None:
    assert count_items(encode(values).encode()) == len(values)


@given(start=st.text(alphabet='[]{}",\\:1', max_size=50), values=st.lists(json_values, min_size=1))
def test_what_is_no_json_to_its_end_counts_no_less_than_it_has_up_to_there(start: str, values: list[object]) -> None:
    assert count_items((json.dumps(values)[:-1] + "," + start).encode()) >= len(values)
