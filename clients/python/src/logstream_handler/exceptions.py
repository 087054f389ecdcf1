"""An exception as `context.exception`: type, message, stack, and those that led to it."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any, Union

from logstream_handler.json_text import text_of

ExcInfo = Union[tuple[type[BaseException], BaseException, Union[TracebackType, None]], tuple[None, None, None]]

MAX_CHAIN = 20
"""Exceptions of a chain that are named; the stack has them all."""


def describe(exc_info: ExcInfo) -> dict[str, Any] | None:
    """`{type, message, stack, chain?}`; None where there is no exception. Never raises."""
    kind, error, trace = exc_info
    if kind is None or error is None:
        return None
    try:
        stack = "".join(traceback.format_exception(kind, error, trace)).rstrip("\n")
    except Exception as failure:  # __str__ of somebody's own, a source file that changed
        stack = f"{type(failure).__name__} while the stack was written"
    described: dict[str, Any] = {"type": _name(kind), "message": text_of(error, str), "stack": stack}
    chain = _chain(error)
    if chain:
        described["chain"] = chain
    return described


def _chain(error: BaseException) -> list[dict[str, str]]:
    """What led to it, from the nearest: `cause` of `raise … from`, `context` where another was being handled."""
    found: list[dict[str, str]] = []
    seen = {id(error)}
    while len(found) < MAX_CHAIN:
        relation = "cause"
        earlier = error.__cause__
        if earlier is None and not error.__suppress_context__:
            relation, earlier = "context", error.__context__
        if earlier is None or id(earlier) in seen:
            break
        found.append({"relation": relation, "type": _name(type(earlier)), "message": text_of(earlier, str)})
        seen.add(id(earlier))
        error = earlier
    return found


def _name(kind: type[BaseException]) -> str:
    return (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
