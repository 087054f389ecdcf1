"""The filters of GET /api/logs, read into conditions: the same for search, live entries, export and statistics."""

import re
from collections.abc import Mapping
from typing import Final

from logstream.query.conditions import Compare, Condition, Contains, ContextEquals, Operator
from logstream.query.fields import CONTEXT, EXACT, SUBSTRING, context_path, exact, levels, moment
from logstream.query.language import InvalidSearch, parse

DATES: Final[dict[str, Operator]] = {"date_from": ">=", "date_to": "<="}
NAMES: Final = frozenset((*EXACT, *SUBSTRING, *DATES, "min_level", "q"))

PAGING: Final = frozenset(("limit", "offset", "cursor", "order", "total", "message_max"))
"""The parameters of GET /api/logs that are not filters."""

MAX_CONTEXT_FILTERS: Final = 20

MOST_CHARACTERS: Final = 2**31
"""More than any message has."""

_WHOLE_NUMBER: Final = re.compile(r"\+?[0-9]{1,4000}")


class InvalidFilter(ValueError):
    """A filter that can't be used: which, why, and for `q` at which character (0-based)."""

    def __init__(self, name: str, reason: str, position: int | None = None) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
        self.position = position


def is_filter(name: str) -> bool:
    return name in NAMES or name.startswith(CONTEXT)


def read_filters(given: Mapping[str, str]) -> list[Condition]:
    """The conditions that must all hold; names that are not filters are ignored. Raises InvalidFilter."""
    where = [_exact(name, given[name]) for name in EXACT if name in given]
    where += [Contains(field, given[name]) for name, field in SUBSTRING.items() if name in given]
    contexts = 0
    for name, value in given.items():
        try:
            if name in DATES:
                where.append(Compare("timestamp", DATES[name], moment(value)))
            elif name == "min_level":
                where.append(levels(">=", value))
            elif name == "q":
                where += parse(value)
            elif name.startswith(CONTEXT):
                contexts += 1
                if contexts > MAX_CONTEXT_FILTERS:
                    raise ValueError(f"at most {MAX_CONTEXT_FILTERS} context fields are allowed")
                where.append(ContextEquals(context_path(name.removeprefix(CONTEXT)), value))
        except InvalidSearch as error:
            raise InvalidFilter("q", error.reason, error.position) from None
        except ValueError as error:
            raise InvalidFilter(name[:100], str(error)) from None
    return where


def read_filter_object(given: object) -> dict[str, str]:
    """The filters of a JSON object, as they would stand in a query string; empty ones are left out.

    A value is a text, a number, true or false, or a list of texts. Raises InvalidFilter, also for what is no filter.
    """
    if not isinstance(given, Mapping):
        raise InvalidFilter("query", 'an object of filters is expected, such as {"level": "error"}')
    filters: dict[str, str] = {}
    for name, value in given.items():
        if not is_filter(name):
            raise InvalidFilter(name[:100], "this is no filter of GET /api/logs")
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, int | float):
            value = str(value)
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            value = ",".join(part.replace(",", "\\,") for part in value)
        elif not isinstance(value, str | None):
            raise InvalidFilter(name[:100], "a text, a number or a list of texts is expected")
        if value:
            filters[name] = value
    read_filters(filters)
    return filters


def read_message_max(given: Mapping[str, str]) -> int | None:
    """To how many characters messages are cut; None when not given. Raises InvalidFilter."""
    text = given.get("message_max")
    if text is None:
        return None
    digits = text.strip()
    if not _WHOLE_NUMBER.fullmatch(digits) or not int(digits):
        raise InvalidFilter("message_max", f"{text[:100]!r} is not a whole number of at least 1")
    return min(int(digits), MOST_CHARACTERS)


def _exact(name: str, value: str) -> Condition:
    try:
        return exact(name, value)
    except ValueError as error:
        raise InvalidFilter(name, str(error)) from None
