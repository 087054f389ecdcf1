"""The filters of GET /api/logs as they stand in a query string, read into a LogQuery."""

import re
from typing import Final
from urllib.parse import parse_qsl

from logstream.entry import LEVEL_ALIASES, LEVELS, MAX_CONTEXT_DEPTH
from logstream.query import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Compare,
    Condition,
    Contains,
    ContextEquals,
    Equals,
    LogQuery,
    OneOf,
)
from logstream.timestamps import parse_timestamp
from logstream.web.cursors import InvalidCursor, read_cursor
from logstream.web.errors import HttpError

EXACT: Final = ("app_key", "app_id", "trace_id", "batch_id", "level")
SUBSTRING: Final = {"user_agent": "user_agent", "category": "category", "search": "message"}
DATES: Final = ("date_from", "date_to")
PAGING: Final = ("limit", "offset", "cursor", "order", "total")
KNOWN: Final = frozenset((*EXACT, *SUBSTRING, *DATES, *PAGING, "min_level"))
CONTEXT: Final = "context."

MAX_CONTEXT_FILTERS: Final = 20

MAX_OFFSET: Final = 10**12
MAX_LEVELS: Final = 20


def read_query(query_string: str) -> LogQuery:
    """The query of a request. Raises HttpError 400 that names the wrong parameter."""
    given = _given(query_string)
    where: list[Condition] = [_exact(name, given[name]) for name in EXACT if name in given]
    where += [Contains(field, given[name]) for name, field in SUBSTRING.items() if name in given]
    if "date_from" in given:
        where.append(_date("date_from", given["date_from"]))
    if "date_to" in given:
        where.append(_date("date_to", given["date_to"]))
    if "min_level" in given:
        where.append(_min_level(given["min_level"]))
    where += _context_filters(given)
    ascending = _choice("order", given, {"desc": False, "asc": True})
    counted = _choice("total", given, {"true": True, "1": True, "false": False, "0": False})
    limit = max(1, min(_number("limit", given, DEFAULT_LIMIT), MAX_LIMIT))
    offset = max(0, min(_number("offset", given, 0), MAX_OFFSET))
    if "cursor" in given:
        try:
            where.append(read_cursor(given["cursor"], where, ascending=ascending))
        except InvalidCursor as error:
            raise HttpError(400, "Invalid parameter: cursor", str(error)) from None
    return LogQuery(where, limit, offset, ascending, counted)


def _exact(name: str, value: str) -> Condition:
    """For levels, a list: any of them."""
    if name == "level" and "," in value:
        return OneOf("level", tuple(level.strip() for level in value.split(",")[:MAX_LEVELS]))
    return Equals(name, value)


def _min_level(text: str) -> Condition:
    level = LEVEL_ALIASES.get(text.strip().lower())
    if level is None:
        raise HttpError(400, "Invalid parameter: min_level", f"{text[:100]!r} is none of {', '.join(LEVELS)}")
    return OneOf("level", LEVELS[LEVELS.index(level) :])


def _context_filters(given: dict[str, str]) -> list[Condition]:
    filters: list[Condition] = []
    for name, value in given.items():
        if name.startswith(CONTEXT):
            path = tuple(name.removeprefix(CONTEXT).split("."))
            if not all(path) or len(path) > MAX_CONTEXT_DEPTH or len(filters) >= MAX_CONTEXT_FILTERS:
                raise HttpError(400, f"Invalid parameter: {name[:100]}", "not a path such as context.user.id")
            filters.append(ContextEquals(path, value))
    return filters


def _choice(name: str, given: dict[str, str], choices: dict[str, bool]) -> bool:
    """One of the choices; the first when not given."""
    text = given.get(name, next(iter(choices)))
    if text.lower() not in choices:
        raise HttpError(400, f"Invalid parameter: {name}", f"{text[:100]!r} is none of {', '.join(choices)}")
    return choices[text.lower()]


def _given(query_string: str) -> dict[str, str]:
    """The known parameters that are not empty; of one given twice, the last."""
    given: dict[str, str] = {}
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HttpError(400, "Invalid query string", "it is not UTF-8") from None
    for name, value in pairs:
        array, bracket, _ = name.partition("[")
        if bracket and (array in KNOWN or array.startswith(CONTEXT)):
            raise HttpError(400, f"Invalid parameter: {array[:100]}", "an array is not understood; give one value")
        if value and (name in KNOWN or name.startswith(CONTEXT)):
            given[name] = value
    return given


def _date(name: str, text: str) -> Compare:
    moment = parse_timestamp(text)
    if moment is None and re.search(r"[0-9] [0-9]{2}:?[0-9]{2}$", text):
        moment = parse_timestamp("+".join(text.rsplit(" ", 1)))  # an offset whose + was not escaped
    if moment is None:
        raise HttpError(
            400, f"Invalid parameter: {name}", f"{text[:100]!r} is not a date, such as 2026-01-31T14:00:00Z"
        )
    return Compare("timestamp", ">=" if name == "date_from" else "<=", moment.replace(tzinfo=None))


def _number(name: str, given: dict[str, str], default: int) -> int:
    text = given.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,4000}", text.strip(), re.ASCII):
        raise HttpError(400, f"Invalid parameter: {name}", f"{text[:100]!r} is not a whole number")
    return int(text)
