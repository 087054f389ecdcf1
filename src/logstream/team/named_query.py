"""What all that a team shares has in common: a name, texts about it, filters and a range."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from logstream.entries.timestamps import parse_timestamp
from logstream.query.filters import InvalidFilter, read_filter_object
from logstream.shared import MADE_BY_US, read_name

MAX_TEXT: Final = 2000

_LAST: Final = re.compile(r"[1-9][0-9]{0,5}[smhdw]|all")


class Unusable(ValueError):
    """What can't be kept; the message says which member and why."""


class Between(msgspec.Struct, frozen=True, omit_defaults=True):
    """The time between two moments, either of which may be open."""

    date_from: str | None = msgspec.field(default=None, name="from")
    date_to: str | None = msgspec.field(default=None, name="to")


class NamedQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """`query`: filters of GET /api/logs. `range`: back from now as `15m` or `all`, or between two moments."""

    name: str
    query: dict[str, str | tuple[str, ...]]
    title: str | None = None
    description: str | None = None
    who: str | None = None
    range: str | Between | None = None


def read_members(given: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """The members of a NamedQuery, read, and the others of `known` as they are. Raises Unusable."""
    values = given_members({name: value for name, value in given.items() if name not in MADE_BY_US}, known)
    values["query"] = read_query(values.get("query", {}))
    try:
        values["name"] = read_name(values.get("name"))
    except ValueError as error:
        raise Unusable(str(error)) from None
    for name in ("title", "description", "who"):
        check_text(name, values)
    if "range" in values:
        values["range"] = _range(values["range"])
    return values


def given_members(given: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """The members without those that are null, which counts as not given. Raises Unusable if one is not known."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise Unusable(f"{unknown[0][:100]!r} is not known; use {', '.join(known)}")
    return {name: value for name, value in given.items() if value is not None}


def check_text(name: str, values: Mapping[str, Any], most: int = MAX_TEXT) -> None:
    """Raises Unusable if there is such a member and it is no text, or too long."""
    text = values.get(name, "")
    if not isinstance(text, str) or len(text) > most:
        raise Unusable(f"{name} must be a text of at most {most} characters")


def read_query(given: object) -> dict[str, str | tuple[str, ...]]:
    """Raises Unusable."""
    try:
        return read_filter_object(given)
    except InvalidFilter as error:
        raise Unusable(f"query: {error.told}") from None


def _range(given: object) -> str | Between:
    if isinstance(given, str) and _LAST.fullmatch(given):
        return given
    if isinstance(given, dict) and not set(given) - {"from", "to"}:
        for name, text in given.items():
            if text is not None and (not isinstance(text, str) or parse_timestamp(text) is None):
                raise Unusable(f"range: {name} is not a time such as 2026-01-31T14:00:00Z")
        return Between(given.get("from"), given.get("to"))
    raise Unusable('range must be such as 15m, 1h, 7d or all, or {"from": time, "to": time}')
