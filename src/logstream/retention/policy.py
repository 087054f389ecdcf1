"""A retention policy: which entries are removed. They must meet all its criteria; without any, nothing is removed."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from logstream.entries.entry import LEVEL_ALIASES, LEVELS, MAX_APP, MAX_CATEGORY
from logstream.query.conditions import Compare, Condition, Equals, Matches
from logstream.query.fields import exact
from logstream.query.regex import RegexError, compiled

MAX_NAME: Final = 100
MAX_PATTERN: Final = 1000
MAX_DAYS: Final = 36_500

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")
_TEXTS: Final = {"app_key": MAX_APP, "app_id": MAX_APP, "category": MAX_CATEGORY}
_DELIMITED: Final = re.compile(r"/(.+)/(i?)", re.DOTALL)


class InvalidPolicy(ValueError):
    """An invalid policy; the message says which field and why."""


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """One policy as written by users.

    `message_regex` is RE2, plain or as `/…/` or `/…/i`; `message_glob` matches the whole message: `*`, `?`, `[abc]`,
    `[!abc]`.
    """

    name: str
    app_key: str | None = None
    app_id: str | None = None
    level: str | None = None
    category: str | None = None
    message_regex: str | None = None
    message_glob: str | None = None
    older_than_days: int | None = None

    def cutoff(self, now: datetime) -> datetime | None:
        """Older entries are removed: midnight (UTC) this many days before today. Naive UTC, like `now`."""
        if self.older_than_days is None:
            return None
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=self.older_than_days)

    def conditions(self, now: datetime) -> list[Condition]:
        """What an entry must meet to be removed; empty if the policy has no criteria."""
        where: list[Condition] = []
        cutoff = self.cutoff(now)
        if cutoff is not None:
            where.append(Compare("timestamp", "<", cutoff))
        for field in ("app_key", "app_id", "category"):
            value = getattr(self, field)
            if value is not None:
                where.append(Equals(field, value))
        if self.level is not None:
            where.append(exact("level", self.level))
        if self.message_regex is not None:
            where.append(_matching(self.message_regex))
        if self.message_glob is not None:
            where.append(Matches(glob_expression(self.message_glob), ignore_case=False))
        return where


CRITERIA: Final = tuple(name for name in Policy.__struct_fields__ if name != "name")


def read_policy(given: object) -> Policy:
    """The policy in decoded JSON; null and empty strings count as not given. Raises InvalidPolicy."""
    if not isinstance(given, Mapping):
        raise InvalidPolicy("a policy must be an object")
    unknown = sorted(str(name) for name in given if name not in Policy.__struct_fields__)
    if unknown:
        known = ", ".join(Policy.__struct_fields__)
        raise InvalidPolicy(f"{unknown[0][:100]!r} is not a criterion; use one of {known}")
    values: dict[str, Any] = {name: value for name, value in given.items() if value not in (None, "")}
    name = values.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise InvalidPolicy(
            f"name must be 1 to {MAX_NAME} letters, digits, spaces, '.', '_' or '-', and start with a letter or digit"
        )
    for field, most in _TEXTS.items():
        _check_text(values, field, most)
    for field in ("message_regex", "message_glob"):
        _check_text(values, field, MAX_PATTERN)
    if "level" in values:
        values["level"] = _level(values["level"])
    if "older_than_days" in values:
        values["older_than_days"] = _days(values["older_than_days"])
    policy = Policy(**values)
    try:
        for condition in policy.conditions(datetime(2000, 1, 1)):
            if isinstance(condition, Matches):
                compiled(condition.pattern, ignore_case=condition.ignore_case)
    except RegexError as error:
        field = "message_regex" if policy.message_regex is not None else "message_glob"
        raise InvalidPolicy(f"{field} is not a valid RE2 regular expression: {error}") from None
    return policy


def _check_text(values: Mapping[str, Any], field: str, most: int) -> None:
    value = values.get(field)
    if value is not None and (not isinstance(value, str) or len(value) > most):
        raise InvalidPolicy(f"{field} must be a string of at most {most} characters")


def _level(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidPolicy(f"level must be one of {', '.join(LEVELS)}, or several separated by commas")
    levels = [LEVEL_ALIASES.get(part.strip().lower()) for part in value.split(",")]
    if None in levels:
        raise InvalidPolicy(f"level {value[:100]!r} is not one of {', '.join(LEVELS)}, or several separated by commas")
    return ",".join(level for level in levels if level)


def _days(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_DAYS:
        raise InvalidPolicy(f"older_than_days must be a whole number from 1 to {MAX_DAYS}")
    return value


def _matching(pattern: str) -> Matches:
    delimited = _DELIMITED.fullmatch(pattern)
    if delimited is None:
        return Matches(pattern, ignore_case=False)
    return Matches(delimited[1], ignore_case=bool(delimited[2]))


def glob_expression(glob: str) -> str:
    """The regular expression (RE2) equivalent to a glob on the whole text: fnmatch(3) without escapes."""
    parts: list[str] = []
    at = 0
    while at < len(glob):
        character = glob[at]
        at += 1
        end = glob.find("]", at + 1 + (glob[at : at + 1] in ("!", "^"))) if character == "[" else -1
        if character == "*":
            parts.append(".*")
        elif character == "?":
            parts.append(".")
        elif end > 0:
            members = glob[at:end]
            negated = members[:1] in ("!", "^")
            members = re.sub(r"([\\\[\]^])", r"\\\1", members[negated:])
            parts.append(f"[{'^' if negated else ''}{members}]")
            at = end + 1
        else:
            parts.append(re.escape(character) if character.isascii() else character)
    return rf"(?s)\A{''.join(parts)}\z"
