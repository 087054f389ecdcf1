"""The filters of GET /api/logs as options, shared by the commands that read."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
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


_OPTIONS: Final[dict[str, Any]] = {
    "app_key": Annotated[list[str] | None, _filter("One of these applications, exact match: a,b.")],
    "app_id": Annotated[list[str] | None, _filter("One of these environments, exact match: a,b.")],
    "trace_id": Annotated[list[str] | None, _filter("One of these traces, exact match: a,b.")],
    "batch_id": Annotated[list[str] | None, _filter("One of these batches, exact match: a,b.")],
    "level": Annotated[list[str] | None, _filter("One of these levels, such as error,critical.")],
    "min_level": Annotated[str | None, _filter("This level or a more severe one.")],
    "category": Annotated[list[str] | None, _filter("Part of the category, case-insensitive.")],
    "user_agent": Annotated[list[str] | None, _filter("Part of the user agent, case-insensitive.")],
    "search": Annotated[list[str] | None, _filter("Part of the message, case-insensitive.")],
    "since": Annotated[
        str | None, _filter("How far back to search, such as 90s, 15m, 2h, 7d or 4w; instead of --date-from.")
    ],
    "date_from": Annotated[str | None, _filter("From this time on, such as 2026-01-31T14:00:00Z.")],
    "date_to": Annotated[str | None, _filter("Up to and including this time.")],
    "context": Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH=VALUE",
            help="A context field, such as user.id=42. Repeatable.",
            rich_help_panel=PANEL,
            show_default=False,
        ),
    ],
    "q": Annotated[str | None, _filter("A query in the search language, such as 'level:>=warning -timeout'.", "--q")],
}


def filtered(*, since: bool = True) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each filter; it finds them in its context's `params`, and `q` also as an argument.

    Typer makes options of a signature, so that is what gets them.
    """
    options = {name: kind for name, kind in _OPTIONS.items() if since or name != "since"}

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command).parameters

        @functools.wraps(command)
        def run(**given: Any) -> None:
            command(**{name: value for name, value in given.items() if name in own})

        kind = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, kind, default=None, annotation=option) for name, option in options.items()]
        kept = [one.replace(kind=kind) for one in own.values() if one.name not in options]
        signature = inspect.Signature([*added, *kept])
        setattr(run, "__signature__", signature)  # noqa: B010 -- no function is known to have one
        run.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
        return run

    return with_options


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
        wanted["date_from"] = [moment_ago("--since", given["since"])]
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


def moment_ago(option: str, span: str) -> str:
    """The time so long ago, of an option's value."""
    try:
        return format_timestamp(datetime.now(UTC) - _span(option, span))
    except OverflowError:
        raise fail(f"{option} {span!r} is too far back", 2) from None


def moment_ahead(option: str, span: str) -> str:
    """The time in so long, of an option's value."""
    try:
        return format_timestamp(datetime.now(UTC) + _span(option, span))
    except OverflowError:
        raise fail(f"{option} {span!r} is too far ahead", 2) from None


def _span(option: str, span: str) -> timedelta:
    match = _AGO.fullmatch(span.strip())
    if match is None:
        raise fail(f"{option} {span!r} is not a duration such as 90s, 15m, 2h, 7d or 4w", 2)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


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
