"""The API's description: /openapi.yaml, and /docs, which shows it with Swagger UI; nothing comes from another host.

Swagger UI's files are not part of the sources: `make install` puts them into assets/swagger, and the wheel has them.
"""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from logstream.web.base_path import with_prefix
from logstream.web.errors import HttpError

PACKAGE: Final = Path(__file__).parent.parent
ASSETS: Final = Path(__file__).parent / "assets"
FILES: Final = {
    "docs.js": ASSETS / "docs.js",
    "docs.css": ASSETS / "docs.css",
    "swagger-ui.css": ASSETS / "swagger/swagger-ui.css",
    "swagger-ui-bundle.js": ASSETS / "swagger/swagger-ui-bundle.js",
}
HEADERS: Final = {
    # Swagger UI sets styles on its elements and has its icons in the style sheet.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class DocsRoutes:
    def __init__(self, base_path: str) -> None:
        self._base_path = base_path

    async def openapi(self, request: Request) -> Response:
        description = with_prefix(self._base_path, (PACKAGE / "openapi.yaml").read_bytes())
        return Response(description, headers={"Cache-Control": "no-cache"}, media_type="application/yaml")

    async def page(self, request: Request) -> Response:
        if not FILES["swagger-ui-bundle.js"].exists():
            reason = "this installation has no Swagger UI: run make install, or see /openapi.yaml"
            raise HttpError(404, "Not found", reason)
        page = with_prefix(self._base_path, (ASSETS / "docs.html").read_bytes())
        return Response(page, headers=HEADERS, media_type="text/html")

    async def file(self, request: Request) -> Response:
        path = FILES.get(request.path_params["name"])
        if path is None or not path.exists():
            raise HttpError(404, "Not found")
        return FileResponse(path, headers={**HEADERS, "Cache-Control": "public, max-age=3600"})
