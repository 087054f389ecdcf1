"""The order of acceptance in a database: that of ids, or of the places in the stream that filled it."""

from collections.abc import Sequence

from logstream.query.conditions import Accepted, Condition


def is_place(position: str) -> bool:
    """Whether a place in the order of acceptance is one in a stream; otherwise it is an id."""
    return position.startswith("S")


def place_number(position: str) -> int:
    """A place in a stream as the number that databases keep."""
    return int(position[1:], 16)


def place_text(number: int) -> str:
    """The place in a stream of a number that a database keeps. It sorts behind all ids, which begin with a digit."""
    return f"S{number:016X}"


def in_stream(conditions: Sequence[Condition]) -> bool:
    """Whether the order of acceptance is that of a stream in what these conditions are about."""
    return any(isinstance(condition, Accepted) and is_place(condition.until) for condition in conditions)
