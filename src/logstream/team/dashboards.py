"""Dashboards that a team shares: charts of what matches a query, each in its place on a grid."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from logstream.query.filters import DATES
from logstream.query.statistics import checked_field, checked_metric
from logstream.shared import Collection, SharedState
from logstream.team.named_query import NamedQuery, Unusable, check_text, given_members, read_members, read_query

MAX_DASHBOARDS: Final = 200
MAX_PANELS: Final = 24
"""Each is a search or two whenever somebody looks."""
COLUMNS: Final = 12
MAX_UNIT: Final = 20

PLACE: Final = {"x": (0, COLUMNS - 1), "y": (0, 999), "w": (1, COLUMNS), "h": (1, 30)}
"""Where a panel begins and how far it reaches, in columns and rows of the grid: the least and the most."""


class Kind(msgspec.Struct, frozen=True):
    """What a kind of panel must be told, and what it may."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


KINDS: Final = {
    "counts": Kind(optional=("split",)),
    "top": Kind(required=("field",)),
    "levels": Kind(),
    "number": Kind(optional=("metric", "unit")),
    "metric": Kind(required=("metric",), optional=("split", "unit")),
}
"""Entries over time, the most frequent values of a field, levels, a number and its trend, a metric over time."""

_CHECKS: Final[dict[str, Callable[[str], object]]] = {
    "field": checked_field,
    "split": checked_field,
    "metric": checked_metric,
}


class Panel(msgspec.Struct, frozen=True, omit_defaults=True):
    """One chart. `query`: filters beside those of its dashboard. `metric`: as GET /api/stats takes it."""

    kind: str
    x: int
    y: int
    w: int
    h: int
    title: str | None = None
    query: dict[str, str | tuple[str, ...]] | None = None
    field: str | None = None
    split: str | None = None
    metric: str | None = None
    unit: str | None = None


class Dashboard(NamedQuery, frozen=True, kw_only=True, omit_defaults=True):
    """`panels`: in any order; where they are seen, their places say."""

    panels: tuple[Panel, ...]


def dashboards_in(state: SharedState) -> Collection[Dashboard]:
    return Collection(state, "dashboards", Dashboard, MAX_DASHBOARDS)


def read_dashboard(given: Mapping[str, Any]) -> Dashboard:
    """The dashboard in decoded JSON; null counts as not given. Raises Unusable."""
    values = read_members(given, Dashboard.__struct_fields__)
    panels = values.pop("panels", [])
    if not isinstance(panels, list) or len(panels) > MAX_PANELS:
        raise Unusable(f"panels must be a list of at most {MAX_PANELS} panels")
    return Dashboard(**values, panels=tuple(_numbered(number, panel) for number, panel in enumerate(panels)))


def _numbered(number: int, given: object) -> Panel:
    try:
        return _panel(given)
    except Unusable as error:
        raise Unusable(f"panels[{number}]: {error}") from None


def _panel(given: object) -> Panel:
    name = given.get("kind") if isinstance(given, dict) else None
    kind = KINDS.get(name) if isinstance(name, str) else None
    if not isinstance(given, dict) or kind is None:
        raise Unusable(f"kind must be one of {', '.join(KINDS)}")
    try:
        values = given_members(given, ("kind", "title", "query", *kind.required, *kind.optional, *PLACE))
    except Unusable as error:
        raise Unusable(f"in a panel of kind {name}, {error}") from None
    for member in kind.required:
        if member not in values:
            raise Unusable(f"{member} is required in a panel of kind {name}")
    check_text("title", values)
    check_text("unit", values, MAX_UNIT)
    for member in values.keys() & _CHECKS:
        _check(member, values[member])
    if "query" in values:
        values["query"] = read_query(values["query"])
        if dated := [one for one in DATES if one in values["query"]]:
            raise Unusable(f"query: {dated[0]} has no place here; all panels have the range of their dashboard")
    _check_place(values)
    return Panel(**values)


def _check(member: str, text: object) -> None:
    try:
        if not isinstance(text, str):
            raise ValueError("it must be a text")
        _CHECKS[member](text)
    except ValueError as error:
        raise Unusable(f"{member}: {error}") from None


def _check_place(values: Mapping[str, Any]) -> None:
    for name, (least, most) in PLACE.items():
        number = values.get(name)
        if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
            raise Unusable(f"{name} must be a whole number from {least} to {most}")
    if values["x"] + values["w"] > COLUMNS:
        raise Unusable(f"x and w must add up to at most {COLUMNS}, the columns of the grid")
