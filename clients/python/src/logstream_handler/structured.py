"""structlog's events as records: the last processor, for events that go through the standard library's loggers."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

KEYWORDS = ("exc_info", "stack_info", "stacklevel")


def structlog_processor(
    logger: object, method: str, event_dict: MutableMapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a logger's call.

    Unlike structlog's `render_to_log_kwargs`, it lets an event have members with names of LogRecord's own, such as
    `name` or `message`, which logging refuses with a KeyError.
    """
    said = dict(event_dict)
    message = said.pop("event", "")
    keywords = {name: said.pop(name) for name in KEYWORDS if name in said}
    return (message,), {**keywords, "extra": {"extra": said}}
