"""Small JSON bodies of the administration's requests."""

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
