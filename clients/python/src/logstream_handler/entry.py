"""A `LogRecord` as the JSON of an entry, made in the thread that logged: what the record points to may change later."""

from __future__ import annotations

import copy
import logging
from typing import Any

from logstream_handler.exceptions import describe
from logstream_handler.json_text import json_of, quoted, text_of, to_bytes
from logstream_handler.settings import Settings
from logstream_handler.tracing import add_current_span, take_instrumented, take_trace_id

MAX_ENTRY = 256 * 1024
"""Bytes of an entry, roughly. A larger one keeps the beginning of its message and of its context, and says so."""

MAX_PART = 32 * 1024
"""Characters."""

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes of every record; all others are what somebody said."""

IGNORED = frozenset(("color_message",))
"""uvicorn's message once more, in colours."""


def level_of(number: int) -> str:
    """The server's level. Those between the standard ones, as NOTICE (25) or SUCCESS, are `notice`."""
    if number >= logging.CRITICAL:
        return "critical"
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    if number > logging.INFO:
        return "notice"
    return "info" if number == logging.INFO else "debug"


def entry_of(record: logging.LogRecord, settings: Settings, formatter: logging.Formatter | None) -> bytes:
    """The entry as JSON. Raises what only a record that is none can make it raise."""
    context = dict(settings.fields)
    for variable in settings.context_vars:
        value = variable.get(None)
        if value is not None:
            context[variable.name] = value
    for name, value in record.__dict__.items():
        if name not in OWN:
            context[name] = value
    if context:
        _tidy(context)
    message = _message(record, formatter, context)
    add_current_span(context)
    trace_id = take_trace_id(context) if context else None
    if record.exc_info or record.exc_text or record.stack_info:
        _add_stacks(record, context)
    entry = _json(record, message, json_of(context)[1:-1] if context else "", _circumstances(record, context), trace_id)
    if len(entry) <= MAX_ENTRY:
        return entry
    context = _cut(context, message, len(entry))
    return _json(record, message[:MAX_PART], json_of(context)[1:-1], _circumstances(record, context), trace_id)


def _json(record: logging.LogRecord, message: str, said: str, circumstances: str, trace_id: str | None) -> bytes:
    """Put together here: a dictionary of it all takes the encoder twice the time."""
    context = f"{said},{circumstances}" if said and circumstances else said + circumstances
    trace = f'"trace_id":{quoted(trace_id)},' if trace_id is not None else ""
    level = level_of(record.levelno or logging.INFO)
    return to_bytes(
        f'{{"level":"{level}","category":{quoted(str(record.name))},"message":{quoted(message)},'
        f'{trace}"timestamp":{int(record.created * 1e6)},"context":{{{context}}}}}'
    )


def _tidy(context: dict[str, Any]) -> None:
    for name in IGNORED:
        context.pop(name, None)
    inner = context.get("extra")
    if isinstance(inner, dict):  # as loguru and structlog_processor hand on what was bound and said
        del context["extra"]
        context.update(inner)
    take_instrumented(context)


def _message(record: logging.LogRecord, formatter: logging.Formatter | None, context: dict[str, Any]) -> str:
    try:
        if formatter is None:
            return record.getMessage()
        bare = copy.copy(record)  # the exception and the stack have places of their own
        bare.exc_info = bare.exc_text = bare.stack_info = None
        return str(formatter.format(bare))
    except Exception as error:  # arguments that don't fit the format: a mistake in the call, and still a message
        context["format_error"] = f"{type(error).__name__}: {text_of(error, str)}"
        if record.args:
            context["args"] = text_of(record.args)
        return text_of(record.msg, str)


def _add_stacks(record: logging.LogRecord, context: dict[str, Any]) -> None:
    exception = describe(record.exc_info) if isinstance(record.exc_info, tuple) else None
    if exception is None and record.exc_text:  # a record that came over a queue has the text alone
        exception = {"stack": record.exc_text}
    if exception is not None:
        context["exception" if "exception" not in context else "exc_info"] = exception
    if record.stack_info:
        context.setdefault("stack", record.stack_info)


def _circumstances(record: logging.LogRecord, context: dict[str, Any]) -> str:
    """Where and how it was logged, as members; a name that the application uses itself is left to it."""
    parts: list[str] = []
    if "source" not in context:
        function = quoted(str(record.funcName)) if record.funcName else "null"
        parts.append(
            f'"source":{{"file":{quoted(str(record.pathname))},"line":{record.lineno or 0:d},"function":{function}}}'
        )
    if record.process and "process" not in context:
        parts.append(f'"process":{record.process:d}')
    if record.threadName and "thread" not in context:
        parts.append(f'"thread":{quoted(str(record.threadName))}')
    task = getattr(record, "taskName", None)
    if task and "task" not in context:
        parts.append(f'"task":{quoted(str(task))}')
    return ",".join(parts)


def _cut(context: dict[str, Any], message: str, size: int) -> dict[str, Any]:
    """The context of an entry of that size, or the beginning of its text; with what was cut."""
    text = json_of(context)
    cut: dict[str, Any] = {"entry_bytes": size}
    if len(message) > MAX_PART:
        cut["message_characters"] = len(message)
    if len(text) > MAX_PART:
        cut["context_begins"] = text[:MAX_PART]
        context = {}
    return {**context, "_cut": cut}
