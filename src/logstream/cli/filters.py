"""The filters of GET /api/logs as options, shared by the commands that read."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from logstream.cli.stderr import fail
from logstream.entries.entry import LEVEL_ALIASES
from logstream.entries.timestamps import format_timestamp
from logstream.query.fields import CONTEXT

NAMES: Final = (
    "app_key",
    "app_id",
    "trace_id",
    "batch_id",
    "level",
    "min_level",
    "category",
    "user_agent",
    "search",
    "date_from",
    "date_to",
    "q",
)
PANEL: Final = "Filters (entries must match all of them; of one that is given several times, any value)"

_AGO: Final = re.compile(r"([0-9]{1,9})(s|m|h|d|w)", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _filter(help: str, *names: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(*names, help=help, rich_help_panel=PANEL, show_default=False)
    return option


AppKey = Annotated[list[str] | None, _filter("One of these applications, exact match: a,b.")]
AppId = Annotated[list[str] | None, _filter("One of these environments, exact match: a,b.")]
TraceId = Annotated[list[str] | None, _filter("One of these traces, exact match: a,b.")]
BatchId = Annotated[list[str] | None, _filter("One of these batches, exact match: a,b.")]
Level = Annotated[list[str] | None, _filter("One of these levels, such as error,critical.")]
MinLevel = Annotated[str | None, _filter("This level or a more severe one.")]
Category = Annotated[list[str] | None, _filter("Part of the category, case-insensitive.")]
UserAgent = Annotated[list[str] | None, _filter("Part of the user agent, case-insensitive.")]
Search = Annotated[list[str] | None, _filter("Part of the message, case-insensitive.")]
DateFrom = Annotated[str | None, _filter("From this time on, such as 2026-01-31T14:00:00Z.")]
DateTo = Annotated[str | None, _filter("Up to and including this time.")]
Context = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH=VALUE",
        help="A context field, such as user.id=42. Repeatable.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]
Query = Annotated[str | None, _filter("A query in the search language, such as 'level:>=warning -timeout'.", "--q")]
Since = Annotated[
    str | None, _filter("How far back to search, such as 90s, 15m, 2h, 7d or 4w; instead of --date-from.")
]


def parameters(given: Mapping[str, Any]) -> dict[str, list[str]]:
    """The parameters of the request, of a command's options by name, each with its values. Raises typer.Exit when one
    can't be used.

    An empty value is a usage error: the server would ignore the filter, which is not what an unset variable in a script
    should lead to.
    """
    wanted = {name: _listed(given[name]) for name in NAMES if given.get(name) is not None}
    if given.get("since") is not None:
        if "date_from" in wanted:
            raise fail("use either --since or --date-from, not both", 2)
        wanted["date_from"] = [_ago(given["since"])]
    for item in given.get("context") or []:
        path, equals, value = item.partition("=")
        if not path or not equals:
            raise fail(f"--context {item!r} is not of the form PATH=VALUE", 2)
        wanted.setdefault(CONTEXT + path, []).append(value)
    for name, values in wanted.items():
        if not all(values):
            raise fail(f"{_option(name)} is empty", 2)
        if not _is_text("".join((name, *values))):
            raise fail(f"{_option(name)} is not UTF-8", 2)
    if "level" in wanted:
        levels = [level.strip() for text in wanted["level"] for level in text.split(",")]
        wanted["level"] = [",".join(LEVEL_ALIASES.get(level.lower(), level) for level in levels)]
    return {name: values for name, values in wanted.items() if values}


def _listed(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _ago(since: str) -> str:
    match = _AGO.fullmatch(since.strip())
    if match is None:
        raise fail(f"--since {since!r} is not a duration such as 90s, 15m, 2h, 7d or 4w", 2)
    try:
        return format_timestamp(datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])}))
    except OverflowError:
        raise fail(f"--since {since!r} is too far back", 2) from None


def _option(name: str) -> str:
    if name.startswith(CONTEXT):
        return f"--context {name.removeprefix(CONTEXT)!r}"
    return f"--{name.replace('_', '-')}"


def _is_text(text: str) -> bool:
    """Whether it is Unicode: bytes of the command line that are not UTF-8 come as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
