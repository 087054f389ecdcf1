"""Query strings: the filters and the paging of GET /api/logs, read into a LogQuery."""

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from logstream.entries.timestamps import time_zone
from logstream.query.conditions import DEFAULT_LIMIT, MAX_LIMIT, Beyond, Condition, LogQuery
from logstream.query.fields import CONTEXT
from logstream.query.filters import (
    NAMES,
    PAGING,
    Filters,
    InvalidFilter,
    gathered,
    is_filter,
    read_filters,
    read_message_max,
)
from logstream.web.cursors import InvalidCursor, read_cursor
from logstream.web.errors import HttpError

MORE: Final = ("format", "bom", "buckets", "tz", "split", "split_limit", "metric", "prefix", "after")
"""Parameters of single routes. As with all known ones, an array of them is refused."""

KNOWN: Final = frozenset((*NAMES, *PAGING, *MORE))

MAX_OFFSET: Final = 10**12


class Given(NamedTuple):
    """The parameters of a request that are not empty."""

    filters: Filters
    more: dict[str, str]
    """Those that are not filters; of one that is given twice, the last value."""


def given_parameters(query_string: str) -> Given:
    """The known parameters. Raises HttpError 400."""
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HttpError(400, "Invalid query string", "it is not UTF-8") from None
    except ValueError as error:
        raise HttpError(400, "Invalid query string", str(error)) from None
    for name, _ in pairs:
        array, bracket, _ = name.partition("[")
        if bracket and (array in KNOWN or array.startswith(CONTEXT)):
            raise HttpError(400, f"Invalid parameter: {array[:100]}", "arrays are not supported; give one value")
    filters = gathered([(name, value) for name, value in pairs if value])
    more = {name: value for name, value in pairs if value and name in KNOWN and not is_filter(name)}
    return Given(filters, more)


def read_conditions(filters: Filters) -> list[Condition]:
    """The filters. Raises HttpError 400 that names the wrong one."""
    try:
        return read_filters(filters)
    except InvalidFilter as error:
        raise _invalid(error) from None


def read_cut(given: Mapping[str, str]) -> int | None:
    """To how many characters messages are cut. Raises HttpError 400."""
    try:
        return read_message_max(given)
    except InvalidFilter as error:
        raise _invalid(error) from None


def _invalid(error: InvalidFilter) -> HttpError:
    return HttpError(400, f"Invalid parameter: {error.name}", error.reason, position=error.position)


def read_query(query_string: str) -> LogQuery:
    """The query of a request. Raises HttpError 400 that names the wrong parameter."""
    filters, given = given_parameters(query_string)
    where = read_conditions(filters)
    ascending = read_order(given)
    counted = read_choice("total", given, {"true": True, "1": True, "false": False, "0": False})
    limit = max(1, min(read_number("limit", given, DEFAULT_LIMIT), MAX_LIMIT))
    offset = max(0, min(read_number("offset", given, 0), MAX_OFFSET))
    if "cursor" in given:
        try:
            where.append(Beyond(*read_cursor(given["cursor"], where, ascending=ascending)))
        except InvalidCursor as error:
            raise HttpError(400, "Invalid parameter: cursor", str(error)) from None
    return LogQuery(where, limit, offset, ascending, counted, message_max=read_cut(given))


def read_order(given: Mapping[str, str]) -> bool:
    """Whether the oldest come first."""
    return read_choice("order", given, {"desc": False, "asc": True})


def read_choice(name: str, given: Mapping[str, str], choices: Mapping[str, bool]) -> bool:
    """One of the choices; the first when not given."""
    text = given.get(name, next(iter(choices)))
    if text.lower() not in choices:
        raise HttpError(400, f"Invalid parameter: {name}", f"{text[:100]!r} is not one of {', '.join(choices)}")
    return choices[text.lower()]


def read_number(name: str, given: Mapping[str, str], default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    digits = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,4000}", digits, re.ASCII):
        raise HttpError(400, f"Invalid parameter: {name}", f"{text[:100]!r} is not a whole number")
    return int(digits)  # of the text itself it would not take what `strip` does, U+001D


def read_zone(given: Mapping[str, str]) -> tzinfo:
    """The zone whose days are meant; UTC when not given."""
    zone = time_zone(given["tz"]) if "tz" in given else UTC
    if zone is None:
        raise HttpError(400, "Invalid parameter: tz", f"{given['tz'][:100]!r} is not a time zone such as Europe/Berlin")
    return zone
