"""Message templates with their properties."""

from msgspec import Raw

from logstream.formats.templates import has_holes, rendered


def test_holes_are_filled_with_values() -> None:
    values = {"Id": Raw(b"42"), "User": Raw(b'"anna"'), "Cart": Raw(b'{"a":1.0}')}
    assert rendered("order {Id} of {User} with {@Cart}", values) == 'order 42 of anna with {"a":1.0}'
    assert rendered("{Id,5}|{User,-6}|", values) == "   42|anna  |"
    assert rendered("{{Id}} {Nobody}", values) == "{Id} {Nobody}"


def test_formatted_holes_take_what_was_rendered() -> None:
    values = {"A": Raw(b"1"), "B": Raw(b"2")}
    assert rendered("{A:000} {B} {B:0.0}", values, ["001", "2.0"]) == "001 2 2.0"
    assert rendered("{A:000}", values) == "1"


def test_a_text_without_holes_is_no_template() -> None:
    assert not has_holes("plain {{text}}")
    assert has_holes("{A}")
