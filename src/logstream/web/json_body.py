"""Small JSON bodies of the administration's requests."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.requests import Request

from logstream.web.errors import HttpError

MAX_BYTES: Final = 1024 * 1024


async def read_object(request: Request, *, empty: bool = False) -> dict[str, Any]:
    """The object of the body; with `empty`, none at all is an empty one. Raises HttpError 400 or 413."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise HttpError(413, "Request body too large", f"more than {MAX_BYTES} bytes", {"Connection": "close"})
    if empty and not body.strip():
        return {}
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.ValidationError:
        raise HttpError(400, "Invalid JSON body", "the body is no object") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise HttpError(400, "Invalid JSON body", str(error)) from None


def read_revision(given: Mapping[str, Any], present: int, what: str) -> None:
    """Who sends back the `revision` of what it read changes that and nothing newer. Raises HttpError 409 or 422."""
    revision = given.get("revision")
    if revision is None:
        return
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise HttpError(422, "Invalid revision", "it must be the number that was read")
    if revision != present:
        reason = f"it has revision {present} and not {revision}; read it again"
        raise HttpError(409, f"{what} was changed meanwhile.", reason)
