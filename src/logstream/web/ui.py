"""The web UI: the page, at `/` and for what a team shares at `/v/…` and `/d/…`, and its files under `/assets`; built by
`make install` and part of the wheel.

Each file is read once and answered from memory, compressed where the browser takes that. A file's name carries the hash
of its content, so that browsers keep it for good; the page itself is revalidated each time, which costs a 304.
"""

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from logstream.web.base_path import with_prefix
from logstream.web.errors import HttpError

BUILT: Final = Path(__file__).parent / "assets/ui"
HEADERS: Final = {
    # Everything comes from this server, but the logs may come from another one. A split view frames the page itself.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; worker-src 'self'; connect-src 'self' http: https: ws: wss:; manifest-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
NOT_BUILT: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>logstream</title>
<p>The log server is running, but this installation has no web UI. <code>make install</code> builds it.
The API is described at <a href="/docs">/docs</a>.</p></html>
"""
KEPT: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
REVALIDATED: Final = {"Cache-Control": "no-cache"}
COMPRESSED: Final = frozenset((".html", ".js", ".css", ".svg"))
"""Fonts and images are compressed already."""

_NO_WEIGHT: Final = re.compile(r"q=0(?:\.0*)?")


class File(NamedTuple):
    """A file as it is answered; `packed` is None where packing gains nothing."""

    content: bytes
    packed: bytes | None
    media_type: str
    tag: str


@cache
def read(path: Path, base_path: str = "") -> File | None:
    """A file of the build, or None if it does not exist."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    if path.suffix == ".html":
        content = with_prefix(base_path, content)
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in COMPRESSED else None
    media_type = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return File(content, packed, media_type or "application/octet-stream", hashlib.sha256(content).hexdigest()[:32])


class UiRoutes:
    def __init__(self, base_path: str) -> None:
        self._base_path = base_path

    async def page(self, request: Request) -> Response:
        index = read(BUILT / "index.html", self._base_path)
        if index is None:
            read.cache_clear()  # so that a build is seen without a restart
            page = with_prefix(self._base_path, NOT_BUILT)
            return Response(page, headers={**HEADERS, **REVALIDATED}, media_type="text/html")
        return _answer(request, index, REVALIDATED)

    async def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if "/" in name or "\\" in name or "\0" in name:
            raise HttpError(404, "Not found")
        asset = read(BUILT / "assets" / name)
        if asset is None:
            raise HttpError(404, "Not found")
        return _answer(request, asset, KEPT if "-" in name else REVALIDATED)


def _answer(request: Request, asset: File, caching: dict[str, str]) -> Response:
    body, tag, encoding = asset.content, f'"{asset.tag}"', {}
    if asset.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        body, tag, encoding = asset.packed, f'"{asset.tag}-gzip"', {"Content-Encoding": "gzip"}
    headers = {**HEADERS, **caching, "ETag": tag, "Vary": "Accept-Encoding"}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, **encoding}, media_type=asset.media_type)


def _takes_gzip(accepted: str) -> bool:
    """Whether the list of RFC 9110 section 12.5.3 has gzip, with a weight other than 0."""
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return _NO_WEIGHT.fullmatch(weight.replace(" ", "")) is None
    return False
