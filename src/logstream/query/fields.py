"""How a value that a person gives matches each field of an entry: one place for parameters and for `q`.

Raises ValueError with the reason where a value can't be used.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from logstream.entries.entry import LEVEL_ALIASES, LEVELS, MAX_CONTEXT_DEPTH
from logstream.entries.timestamps import parse_timestamp
from logstream.query.conditions import Condition, Equals, OneOf, Operator

EXACT: Final = ("app_key", "app_id", "trace_id", "batch_id", "level")
SUBSTRING: Final = {"user_agent": "user_agent", "category": "category", "search": "message"}
"""The parameters that look for part of a field, and for which field."""

CONTEXT: Final = "context."

MAX_VALUES: Final = 100
"""Values that one filter may list."""

_COMMA: Final = re.compile(r"(?<!\\),")


def exact(field: str, *texts: str) -> Condition:
    r"""The field is one of these values: a text has one, or several with commas in between; `\,` is a comma of one."""
    values = [part.replace("\\,", ",") for text in texts for part in _COMMA.split(text)]
    if len(values) == 1:
        return Equals(field, values[0])
    if len(values) > MAX_VALUES:
        raise ValueError(f"at most {MAX_VALUES} values are allowed")
    if field == "level":
        values = [level.strip() for level in values]
    return OneOf(field, tuple(part for part in values if part))


def exact_text(values: Iterable[str]) -> str:
    """The values as one text that `exact` takes."""
    return ",".join(value.replace(",", "\\,") for value in values)


def levels(operator: Operator, text: str) -> Condition:
    """The levels on this side of one, which may have any spelling that entries may."""
    level = LEVEL_ALIASES.get(text.strip().lower())
    if level is None:
        raise ValueError(f"{text[:100]!r} is not one of {', '.join(LEVELS)}")
    at = LEVELS.index(level)
    wanted = {">": LEVELS[at + 1 :], ">=": LEVELS[at:], "<": LEVELS[:at], "<=": LEVELS[: at + 1]}[operator]
    return OneOf("level", wanted)


def context_path(text: str) -> tuple[str, ...]:
    """The keys and list positions of a path such as `user.id`."""
    path = tuple(text.split("."))
    if not all(path) or len(path) > MAX_CONTEXT_DEPTH:
        raise ValueError("not a path such as context.user.id")
    return path


def moment(text: str) -> datetime:
    """The naive UTC moment of a date, in any form that entries may have."""
    parsed = parse_timestamp(text)
    if parsed is None and re.search(r"[0-9] [0-9]{2}:?[0-9]{2}$", text):
        parsed = parse_timestamp("+".join(text.rsplit(" ", 1)))  # an offset whose + was not escaped in a URL
    if parsed is None:
        raise ValueError(f"{text[:100]!r} is not a date, such as 2026-01-31T14:00:00Z")
    return parsed.replace(tzinfo=None)


def is_in_context(field: str) -> bool:
    """Whether a name is that of a field of the context, such as `context.user.id`."""
    try:
        return field.startswith(CONTEXT) and bool(context_path(field.removeprefix(CONTEXT)))
    except ValueError:
        return False
