"""The trace that a record belongs to: what was said with it, else OpenTelemetry's current span, if that is in use."""

from __future__ import annotations

import sys
from typing import Any

TRACE_ID = "trace_id"
INSTRUMENTED = {"otelTraceID": TRACE_ID, "otelSpanID": "span_id"}
"""What OpenTelemetry's instrumentation of `logging` adds to records, and where it belongs."""

IGNORED = frozenset(("otelServiceName", "otelTraceSampled"))
MAX_TRACE_ID = 36


def take_instrumented(context: dict[str, Any]) -> None:
    """Bring the instrumentation's names to ours; "0" stands for no span."""
    for name, ours in INSTRUMENTED.items():
        value = context.pop(name, "0")
        if value != "0":
            context.setdefault(ours, value)
    for name in IGNORED:
        context.pop(name, None)


def add_current_span(context: dict[str, Any]) -> None:
    """`trace_id` and `span_id` of the current span. OpenTelemetry is asked only where the application has loaded it."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None or TRACE_ID in context:
        return
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        context[TRACE_ID] = f"{span.trace_id:032x}"
        context.setdefault("span_id", f"{span.span_id:016x}")


def take_trace_id(context: dict[str, Any]) -> str | None:
    """The entry's `trace_id`; what can't be one stays in the context."""
    found = context.get(TRACE_ID)
    if isinstance(found, str) and 0 < len(found) <= MAX_TRACE_ID:
        del context[TRACE_ID]
        return found
    return None
