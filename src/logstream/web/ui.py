"""The web UI: the page at `/` and its files under `/assets`, brought by `make install`, which the wheel has.

Read once and answered from memory, compressed where the browser takes it. A file's name carries the hash of its
content, so that browsers keep it for good; the page itself is asked for anew each time, which costs a 304.
"""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from logstream.web.errors import HttpError

BUILT: Final = Path(__file__).parent / "assets/ui"
HEADERS: Final = {
    # Everything comes from this server, but the logs may come from another one.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; worker-src 'self'; connect-src 'self' http: https: ws: wss:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>logstream</title>
<p>The log server is running, but this installation has no web UI. <code>make install</code> builds it.
The API is described at <a href="/docs">/docs</a>.</p></html>
"""
KEPT: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
ASKED_FOR: Final = {"Cache-Control": "no-cache"}
COMPRESSED: Final = frozenset((".html", ".js", ".css", ".svg"))
"""Fonts and pictures are compressed in themselves."""


class File(NamedTuple):
    content: bytes
    packed: bytes | None
    media_type: str
    tag: str


@cache
def read(path: Path) -> File | None:
    """A file of the build, or None if there is none."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in COMPRESSED else None
    media_type = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return File(content, packed, media_type or "application/octet-stream", hashlib.sha256(content).hexdigest()[:32])


async def page(request: Request) -> Response:
    found = read(BUILT / "index.html")
    if found is None:
        read.cache_clear()  # so that a build is seen without a restart
        return Response(NOT_BUILT, headers={**HEADERS, **ASKED_FOR}, media_type="text/html")
    return _answer(request, found, ASKED_FOR)


async def file(request: Request) -> Response:
    name = request.path_params["name"]
    found = None if "/" in name or "\\" in name or "\0" in name else read(BUILT / "assets" / name)
    if found is None:
        raise HttpError(404, "Not found")
    return _answer(request, found, KEPT if "-" in name else ASKED_FOR)


def _answer(request: Request, found: File, caching: dict[str, str]) -> Response:
    packs = found.packed is not None and _takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{found.tag}{"-gzip" if packs else ""}"'
    headers = {**HEADERS, **caching, "ETag": tag, "Vary": "Accept-Encoding"}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    if packs:
        headers["Content-Encoding"] = "gzip"
    body = found.packed if packs and found.packed is not None else found.content
    return Response(body, headers=headers, media_type=found.media_type)


def _takes_gzip(accepted: str) -> bool:
    """Whether the list of RFC 9110 section 12.5.3 has gzip, with a weight other than 0."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in ("q=",)
    return False
