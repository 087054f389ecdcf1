"""The filters of GET /api/logs, read into conditions: the same for search, live entries, export and statistics."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from logstream.query.conditions import Compare, Condition, Contains, ContextEquals, Operator, Or
from logstream.query.fields import CONTEXT, EXACT, SUBSTRING, context_path, exact, exact_text, levels, moment
from logstream.query.language import InvalidSearch, parse

DATES: Final[dict[str, Operator]] = {"date_from": ">=", "date_to": "<="}
NAMES: Final = frozenset((*EXACT, *SUBSTRING, *DATES, "min_level", "q"))

PAGING: Final = frozenset(("limit", "offset", "cursor", "order", "total", "message_max"))
"""The parameters of GET /api/logs that are not filters."""

MAX_CONTEXT_FILTERS: Final = 20
MAX_SUBSTRINGS: Final = 20
"""Values that one filter on a part of a field may be given."""

Filters = Mapping[str, str | tuple[str, ...]]
"""What is asked of each field: one text, or several of which any will do."""

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

    @property
    def told(self) -> str:
        """The same, with the position."""
        return str(self) if self.position is None else f"{self} (at character {self.position})"


def is_filter(name: str) -> bool:
    return name in NAMES or name.startswith(CONTEXT)


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, str | tuple[str, ...]]:
    """The filters among these pairs. A field that is given several times may have any of its values; of a bound and of
    `q`, the last one counts."""
    filters: dict[str, str | tuple[str, ...]] = {}
    for name, value in pairs:
        if not is_filter(name):
            continue
        known = filters.get(name)
        adds_up = name in EXACT or name in SUBSTRING or name.startswith(CONTEXT)
        filters[name] = value if known is None or not adds_up else (*_texts(known), value)
    return filters


def read_filters(given: Filters) -> list[Condition]:
    """The conditions that must all hold; names that are not filters are ignored. Raises InvalidFilter."""
    where = [_exact(name, given[name]) for name in EXACT if name in given]
    where += [_substring(name, given[name]) for name in SUBSTRING if name in given]
    contexts = 0
    for name, texts in given.items():
        value = texts if isinstance(texts, str) else texts[-1]
        try:
            if name in DATES:
                where.append(Compare("timestamp", DATES[name], moment(value)))
            elif name == "min_level":
                where.append(levels(">=", value))
            elif name == "q":
                where += parse(value)
            elif name.startswith(CONTEXT):
                contexts += len(_texts(texts))
                if contexts > MAX_CONTEXT_FILTERS:
                    raise ValueError(f"at most {MAX_CONTEXT_FILTERS} context fields are allowed")
                path = context_path(name.removeprefix(CONTEXT))
                where.append(_any([ContextEquals(path, text) for text in _texts(texts)]))
        except InvalidSearch as error:
            raise InvalidFilter("q", error.reason, error.position) from None
        except ValueError as error:
            raise InvalidFilter(name[:100], str(error)) from None
    return where


def read_filter_object(given: object) -> dict[str, str | tuple[str, ...]]:
    """The filters of a JSON object, as they would stand in a query string; empty ones are left out.

    A value is a text, a number, true or false, or a list of texts. Raises InvalidFilter, also for what is no filter.
    """
    if not isinstance(given, Mapping):
        raise InvalidFilter("query", 'an object of filters is expected, such as {"level": "error"}')
    filters: dict[str, str | tuple[str, ...]] = {}
    for name, value in given.items():
        if not is_filter(name):
            raise InvalidFilter(name[:100], "this is no filter of GET /api/logs")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        elif not isinstance(value, str | bool | None) and not _is_list_of_texts(value):
            raise InvalidFilter(name[:100], "a text, a number or a list of texts is expected")
        if texts := filter_texts(name, value):
            filters[name] = texts
    read_filters(filters)
    return filters


def filter_texts(name: str, value: str | bool | Sequence[str] | None) -> str | tuple[str, ...]:
    """A value of a JSON object as it would stand in a query string, or the texts of a list."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return exact_text(value) if name in EXACT else tuple(text for text in value if text)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def read_message_max(given: Mapping[str, str]) -> int | None:
    """To how many characters messages are cut; None when not given. Raises InvalidFilter."""
    text = given.get("message_max")
    if text is None:
        return None
    digits = text.strip()
    if not _WHOLE_NUMBER.fullmatch(digits) or not int(digits):
        raise InvalidFilter("message_max", f"{text[:100]!r} is not a whole number of at least 1")
    return min(int(digits), MOST_CHARACTERS)


def _texts(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given


def _any(conditions: list[Condition]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Or(tuple(conditions))


def _exact(name: str, given: str | tuple[str, ...]) -> Condition:
    try:
        return exact(name, *_texts(given))
    except ValueError as error:
        raise InvalidFilter(name, str(error)) from None


def _substring(name: str, given: str | tuple[str, ...]) -> Condition:
    texts = _texts(given)
    if len(texts) > MAX_SUBSTRINGS:
        raise InvalidFilter(name, f"at most {MAX_SUBSTRINGS} values are allowed")
    return _any([Contains(SUBSTRING[name], text) for text in texts])
