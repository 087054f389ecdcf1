"""Views that a team shares: a query with a name, and how it is looked at."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from logstream.entries.timestamps import parse_timestamp
from logstream.query.fields import is_in_context
from logstream.query.filters import InvalidFilter, read_filter_object
from logstream.shared import MADE_BY_US, Collection, SharedState, read_name

MAX_VIEWS: Final = 1000
MAX_TEXT: Final = 2000
MAX_COLUMNS: Final = 50
COLUMNS: Final = (
    *("id", "trace_id", "batch_id", "app_key", "app_id", "user_agent", "level", "category", "message", "context"),
    *("timestamp", "created_at"),
)

_LAST: Final = re.compile(r"[1-9][0-9]{0,5}[smhdw]|all")


class InvalidView(ValueError):
    """A view that can't be kept; the message says which member and why."""


class Between(msgspec.Struct, frozen=True, omit_defaults=True):
    """The time between two moments, either of which may be open."""

    date_from: str | None = msgspec.field(default=None, name="from")
    date_to: str | None = msgspec.field(default=None, name="to")


class View(msgspec.Struct, frozen=True, omit_defaults=True):
    """`query`: filters of GET /api/logs. `range`: back from now as `15m` or `all`, or between two moments."""

    name: str
    query: dict[str, str | tuple[str, ...]]
    title: str | None = None
    description: str | None = None
    who: str | None = None
    range: str | Between | None = None
    columns: tuple[str, ...] | None = None


def views_in(state: SharedState) -> Collection[View]:
    return Collection(state, "views", View, MAX_VIEWS)


def read_view(given: Mapping[str, Any]) -> View:
    """The view in decoded JSON; null counts as not given. Raises InvalidView."""
    unknown = sorted(set(given) - {*View.__struct_fields__, *MADE_BY_US})
    if unknown:
        known = ", ".join(View.__struct_fields__)
        raise InvalidView(f"{unknown[0][:100]!r} is not known; use {known}")
    values = {name: value for name, value in given.items() if value is not None and name not in MADE_BY_US}
    try:
        values["name"] = read_name(values.get("name"))
        values["query"] = read_filter_object(values.get("query", {}))
    except InvalidFilter as error:
        raise InvalidView(f"query: {error.told}") from None
    except ValueError as error:
        raise InvalidView(str(error)) from None
    for name in ("title", "description", "who"):
        if not isinstance(values.get(name, ""), str) or len(values.get(name, "")) > MAX_TEXT:
            raise InvalidView(f"{name} must be a text of at most {MAX_TEXT} characters")
    if "range" in values:
        values["range"] = _range(values["range"])
    if "columns" in values:
        values["columns"] = _columns(values["columns"])
    return View(**values)


def _range(given: object) -> str | Between:
    if isinstance(given, str) and _LAST.fullmatch(given):
        return given
    if isinstance(given, dict) and not set(given) - {"from", "to"}:
        for name, text in given.items():
            if text is not None and (not isinstance(text, str) or parse_timestamp(text) is None):
                raise InvalidView(f"range: {name} is not a time such as 2026-01-31T14:00:00Z")
        return Between(given.get("from"), given.get("to"))
    raise InvalidView('range must be such as 15m, 1h, 7d or all, or {"from": time, "to": time}')


def _columns(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MAX_COLUMNS:
        raise InvalidView(f"columns must be a list of at most {MAX_COLUMNS} fields")
    for column in given:
        if not isinstance(column, str) or not (column in COLUMNS or is_in_context(column)):
            shown = str(column)[:100]
            raise InvalidView(f"columns: {shown!r} is neither one of {', '.join(COLUMNS)} nor such as context.user.id")
    return tuple(given)
