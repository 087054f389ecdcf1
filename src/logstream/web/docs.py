"""The API's description: /openapi.yaml, and /docs, which shows it with Swagger UI; nothing comes from another host.

Swagger UI's files are not part of the sources: `make install` puts them into assets/swagger, and the wheel has them.
"""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

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


async def openapi(request: Request) -> Response:
    return FileResponse(PACKAGE / "openapi.yaml", media_type="application/yaml", headers={"Cache-Control": "no-cache"})


async def page(request: Request) -> Response:
    if not FILES["swagger-ui-bundle.js"].exists():
        raise HttpError(404, "Not found", "this installation has no Swagger UI: run make install, or see /openapi.yaml")
    return FileResponse(ASSETS / "docs.html", headers=HEADERS)


async def file(request: Request) -> Response:
    path = FILES.get(request.path_params["name"])
    if path is None or not path.exists():
        raise HttpError(404, "Not found")
    return FileResponse(path, headers={**HEADERS, "Cache-Control": "public, max-age=3600"})
