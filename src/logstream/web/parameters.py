"""The filters of GET /api/logs as they stand in a query string, read into a LogQuery."""

import re
from typing import Final
from urllib.parse import parse_qsl

from logstream.query import DEFAULT_LIMIT, MAX_LIMIT, Compare, Condition, Contains, Equals, LogQuery
from logstream.timestamps import parse_timestamp
from logstream.web.errors import HttpError

EXACT: Final = ("app_key", "app_id", "trace_id", "batch_id", "level")
SUBSTRING: Final = {"user_agent": "user_agent", "category": "category", "search": "message"}
DATES: Final = ("date_from", "date_to")
PAGING: Final = ("limit", "offset")
KNOWN: Final = frozenset((*EXACT, *SUBSTRING, *DATES, *PAGING))

MAX_OFFSET: Final = 10**12


def read_query(query_string: str) -> LogQuery:
    """The query of a request. Raises HttpError 400 that names the wrong parameter."""
    given = _given(query_string)
    where: list[Condition] = [Equals(name, given[name]) for name in EXACT if name in given]
    where += [Contains(field, given[name]) for name, field in SUBSTRING.items() if name in given]
    if "date_from" in given:
        where.append(_date("date_from", given["date_from"]))
    if "date_to" in given:
        where.append(_date("date_to", given["date_to"]))
    limit = _number("limit", given, DEFAULT_LIMIT)
    offset = _number("offset", given, 0)
    return LogQuery(where, max(1, min(limit, MAX_LIMIT)), max(0, min(offset, MAX_OFFSET)))


def _given(query_string: str) -> dict[str, str]:
    """The known parameters that are not empty; of one given twice, the last."""
    given: dict[str, str] = {}
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HttpError(400, "Invalid query string", "it is not UTF-8") from None
    for name, value in pairs:
        array, bracket, _ = name.partition("[")
        if bracket and array in KNOWN:
            raise HttpError(400, f"Invalid parameter: {array}", "an array is not understood; give one value")
        if name in KNOWN and value:
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
