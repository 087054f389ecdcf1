"""JSON objects with the faults they come with."""

import json

import pytest

from logstream.formats.objects import (
    constants_as_text,
    cut_object,
    list_of_objects,
    object_of_line,
    objects_in_line,
)


def values(line: bytes) -> dict[str, object] | None:
    found = object_of_line(line)
    return None if found is None else {name: json.loads(bytes(raw)) for name, raw in found.items()}


def test_members_keep_their_order_and_the_last_of_a_doubled_name_counts() -> None:
    assert values(b'{"b":1,"a":2,"b":3}') == {"b": 3, "a": 2}
    assert list(object_of_line(b'{"b":1,"a":2}') or ()) == ["b", "a"]


@pytest.mark.parametrize("line", [b"", b"[1]", b'"a"', b"{broken", b'{"a":1}{"b":2}', b"null", b"\xff{}"])
def test_anything_else_is_no_object(line: bytes) -> None:
    assert object_of_line(line) is None


def test_constants_of_python_are_texts_outside_texts_only() -> None:
    assert constants_as_text(b'{"NaN":NaN,"a":"NaN","b":[-Infinity]}') == b'{"NaN":"NaN","a":"NaN","b":["-Infinity"]}'


def test_control_characters_and_a_comma_behind_it_do_not_spoil_an_object() -> None:
    assert values(b'{"a":"x\ty\x01","b":1},') == {"a": "x\ty\x01", "b": 1}


def test_objects_one_behind_the_other_are_told_apart() -> None:
    assert objects_in_line(b'{"a":1} {"b":2}') == [b'{"a":1}', b'{"b":2}']
    assert objects_in_line(b'{"a":"}{"}{"b":[1]} {"c":2}') == [b'{"a":"}{"}', b'{"b":[1]}', b'{"c":2}']
    for line in (b'{"a":"}{"}', b'{"a":1}{"b"', b'{"a":1} and {"b":2}', b'{"a":1}'):
        assert objects_in_line(line) is None


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert values(b'{"a":"\\ud83d"}') == {"a": "\ufffd"}


def test_an_object_without_its_end_has_the_members_before_it() -> None:
    found = cut_object(b'{"level":"error","a":{"b":[1,2]},"message":"a long te\\u00e')
    assert found is not None
    assert {name: json.loads(bytes(raw)) for name, raw in found.items()} == {
        "level": "error",
        "a": {"b": [1, 2]},
        "message": "a long te",
    }
    assert cut_object(b'{"a":1} and more') is None
    assert cut_object(b"{nothing") is None


def test_a_list_is_one_of_objects_or_none() -> None:
    assert list_of_objects(b'[{"a":1}, {"b":2}]') == [b'{"a":1}', b'{"b":2}']
    assert list_of_objects(b"[1,2]") is None
    assert list_of_objects(b"[]") is None
    assert list_of_objects(b"[2024-03-01] x") is None
