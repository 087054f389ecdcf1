"""Views that a team shares: a query with a name, and how it is looked at."""

from collections.abc import Mapping
from typing import Any, Final

from logstream.query.fields import is_in_context
from logstream.shared import Collection, SharedState
from logstream.team.named_query import NamedQuery, Unusable, read_members

MAX_VIEWS: Final = 1000
MAX_COLUMNS: Final = 50
COLUMNS: Final = (
    *("id", "trace_id", "batch_id", "app_key", "app_id", "user_agent", "level", "category", "message", "context"),
    *("timestamp", "created_at"),
)


class View(NamedQuery, frozen=True, omit_defaults=True):
    """`columns`: fields of entries, and of their contexts."""

    columns: tuple[str, ...] | None = None


def views_in(state: SharedState) -> Collection[View]:
    return Collection(state, "views", View, MAX_VIEWS)


def read_view(given: Mapping[str, Any]) -> View:
    """The view in decoded JSON; null counts as not given. Raises Unusable."""
    values = read_members(given, View.__struct_fields__)
    if "columns" in values:
        values["columns"] = _columns(values["columns"])
    return View(**values)


def _columns(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or len(given) > MAX_COLUMNS:
        raise Unusable(f"columns must be a list of at most {MAX_COLUMNS} fields")
    for column in given:
        if not isinstance(column, str) or not (column in COLUMNS or is_in_context(column)):
            shown = str(column)[:100]
            raise Unusable(f"columns: {shown!r} is neither one of {', '.join(COLUMNS)} nor such as context.user.id")
    return tuple(given)
