"""Views that a team shares: /api/views, with the read key to see and the admin key to change."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.shared import Collection, Exists, Kept, Outdated, TooMany
from logstream.views import InvalidView, View, read_view
from logstream.web.auth import Access
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.json_body import read_object, read_revision


class ViewRoutes:
    def __init__(self, views: Collection[View], access: Access) -> None:
        self._views = views
        self._access = access

    async def list_or_add(self, request: Request) -> Response:
        if request.method != "POST":
            self._access.check_read_or_admin(request)
            return JsonResponse({"views": [_shown(kept) for kept in await self._views.listed()]})
        self._access.check_admin(request)
        view = _view(await read_object(request))
        try:
            return JsonResponse(_shown(await self._views.add(view)), 201)
        except Exists:
            raise _exists(view.name) from None
        except TooMany:
            raise HttpError(422, "Too many views", f"at most {self._views.most} are allowed") from None

    async def one(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            self._access.check_read_or_admin(request)
        else:
            self._access.check_admin(request)
        name = request.path_params["name"]
        kept = await self._views.get(name)
        if kept is None:
            raise HttpError(404, f"View '{name[:100]}' not found.")
        if request.method == "DELETE":
            await self._views.remove(name)
            return Response(status_code=204)
        if request.method != "PUT":
            return JsonResponse(_shown(kept))
        given = await read_object(request)
        view = _view({**given, "name": given.get("name") or name})
        read_revision(given, kept.revision, f"View '{name}'")
        try:
            return JsonResponse(_shown(await self._views.replace(kept, view)))
        except Exists:
            raise _exists(view.name) from None
        except Outdated:
            raise HttpError(409, f"View '{name}' was changed meanwhile.") from None


def _view(given: dict[str, Any]) -> View:
    try:
        return read_view(given)
    except InvalidView as error:
        raise HttpError(422, "Invalid view", str(error)) from None


def _shown(kept: Kept[View]) -> dict[str, Any]:
    return {**msgspec.to_builtins(kept.item), "revision": kept.revision, "updated_at": kept.updated_at}


def _exists(name: str) -> HttpError:
    return HttpError(409, f"View '{name}' already exists.")
