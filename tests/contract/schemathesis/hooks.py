"""Loaded by schemathesis."""

import uuid
from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A key that was used before is answered as it was then, whatever the request: give each one of its own."""
    if case.headers and "Idempotency-Key" in case.headers and len(case.headers["Idempotency-Key"]) <= 255:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
