"""What an alert says: which entries, what must hold of them, and whom to tell."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Final, Literal

import msgspec

from logstream.query.conditions import Condition
from logstream.query.fields import is_in_context
from logstream.query.filters import InvalidFilter, read_filter_object, read_filters
from logstream.query.patterns import MASKS
from logstream.settings import parse_duration
from logstream.shared import MADE_BY_US, read_name

MAX_ALERTS: Final = 200
MAX_TARGETS: Final = 20
MAX_TARGET: Final = 2000
MAX_GROUP_FIELDS: Final = 3
MAX_COUNT: Final = 10_000_000
LONGEST_WINDOW: Final = 30 * 86_400
MAX_DAYS: Final = 30
MAX_TIMES: Final = 1000

GROUPED: Final = ("app_key", "app_id", "level", "category", "user_agent", "trace_id", "batch_id")
"""The fields by which matching entries can be told apart, besides those of the context."""


_PATTERNS: Final = blake2b(msgspec.json.encode(MASKS), digest_size=8).hexdigest()
"""Where another version makes patterns otherwise, all would be new: they are learned anew."""


class InvalidAlert(ValueError):
    """An alert that can't be kept; the message says which member and why."""


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="count"):
    """So many entries, or more, within a window; or fewer than that, the window having passed."""

    n: int
    window: str
    op: Literal[">=", "<"] = ">="


class Each(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="each"):
    """Every entry."""


class NewPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="new_pattern"):
    """An entry whose message has a pattern that none before had."""


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="rate"):
    """So many times as many entries within the window as on average at the same time of the days before."""

    times: float
    window: str
    days: int = 7


When = Count | Each | NewPattern | Rate


class Target(msgspec.Struct, frozen=True):
    """Where people are told; `shown` is the address without its secrets."""

    url: str
    shown: str = ""


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """An alert as it is kept. `id` is not for people: what is known of one is not that of a later one of its name."""

    name: str
    query: dict[str, str | tuple[str, ...]]
    when: When
    targets: tuple[Target, ...] = ()
    group_by: tuple[str, ...] = ()
    renotify: str | None = None
    enabled: bool = True
    id: str = ""

    @property
    def where(self) -> tuple[Condition, ...]:
        return tuple(read_filters(self.query))

    @property
    def condition(self) -> str:
        """What its state is about: another one begins anew."""
        patterns = _PATTERNS if isinstance(self.when, NewPattern) else None
        return msgspec.json.encode([self.id, self.query, self.when, self.group_by, patterns], order="sorted").decode()

    @property
    def window(self) -> float:
        """Seconds; 0 where there is no window."""
        return seconds(self.when.window) if isinstance(self.when, Count | Rate) else 0.0

    @property
    def renotify_seconds(self) -> float | None:
        return None if self.renotify is None else seconds(self.renotify)


MEMBERS: Final = ("name", "query", "when", "group_by", "targets", "renotify", "enabled")
_MADE_BY_US: Final = MADE_BY_US | {"state", "since", "last_error", "muted_until", "from_file"}


def seconds(duration: str) -> float:
    """Of `30s`, `5m`, `1h` or `7d`. Raises ValueError."""
    span = parse_duration(duration)
    assert isinstance(span, timedelta)
    return span.total_seconds()


def read_alert(given: object) -> Alert:
    """The alert in decoded JSON, its targets not yet checked; null counts as not given. Raises InvalidAlert."""
    if not isinstance(given, Mapping):
        raise InvalidAlert("an alert must be an object")
    unknown = sorted(str(name) for name in set(given) - {*MEMBERS, *_MADE_BY_US})
    if unknown:
        raise InvalidAlert(f"{unknown[0][:100]!r} is not known; use {', '.join(MEMBERS)}")
    values = {name: value for name, value in given.items() if value is not None}
    try:
        name = read_name(values.get("name"))
        query = read_filter_object(values.get("query", {}))
    except InvalidFilter as error:
        raise InvalidAlert(f"query: {error.told}") from None
    except ValueError as error:
        raise InvalidAlert(str(error)) from None
    if "date_from" in query or "date_to" in query:
        raise InvalidAlert("query: an alert looks at what arrives, and has no date_from or date_to")
    enabled = values.get("enabled", True)
    if not isinstance(enabled, bool):
        raise InvalidAlert("enabled must be true or false")
    renotify = values.get("renotify")
    if renotify is not None:
        _check_duration("renotify", renotify, 366 * 86_400)
    return Alert(
        name,
        query,
        _when(values.get("when")),
        _targets(values.get("targets", [])),
        _group_by(values.get("group_by", [])),
        renotify,
        enabled,
    )


def _when(given: object) -> When:
    try:
        when = msgspec.convert(given, When)
    except msgspec.ValidationError as error:
        raise InvalidAlert(f"when: {error}; kinds are count, each, new_pattern and rate") from None
    if isinstance(when, Count | Rate):
        _check_duration("when.window", when.window, LONGEST_WINDOW)
    if isinstance(when, Count) and not 1 <= when.n <= MAX_COUNT:
        raise InvalidAlert(f"when.n must be a whole number from 1 to {MAX_COUNT}")
    if isinstance(when, Rate) and not (0 < when.times <= MAX_TIMES and 1 <= when.days <= MAX_DAYS):
        raise InvalidAlert(f"when.times must be more than 0 and at most {MAX_TIMES}, when.days from 1 to {MAX_DAYS}")
    assert isinstance(when, When)
    return when


def _check_duration(name: str, given: object, most: float) -> None:
    try:
        if isinstance(given, str) and seconds(given) <= most:
            return
    except ValueError:
        pass
    raise InvalidAlert(f"{name} must be a span of time such as 30s, 5m, 1h or 7d, of at most {int(most / 86_400)} days")


def _targets(given: object) -> tuple[Target, ...]:
    if not isinstance(given, list) or not all(isinstance(url, str) and url.strip() for url in given):
        raise InvalidAlert("targets must be a list of addresses")
    if len(given) > MAX_TARGETS or any(len(url) > MAX_TARGET for url in given):
        raise InvalidAlert(f"targets: at most {MAX_TARGETS}, of at most {MAX_TARGET} characters each")
    return tuple(Target(url) for url in dict.fromkeys(url.strip() for url in given))


def _group_by(given: object) -> tuple[str, ...]:
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list) or len(given) > MAX_GROUP_FIELDS:
        raise InvalidAlert(f"group_by must be a list of at most {MAX_GROUP_FIELDS} fields")
    for field in given:
        if not isinstance(field, str) or not (field in GROUPED or is_in_context(field)):
            shown = str(field)[:100]
            raise InvalidAlert(f"group_by: {shown!r} is neither one of {', '.join(GROUPED)} nor such as context.host")
    return tuple(dict.fromkeys(given))
