"""What a team shares: /api/views, /api/dashboards, /api/start. The read key sees, the admin key changes."""

from collections.abc import Callable
from typing import Any, Generic

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.shared import Collection, Exists, Item, Kept, Outdated, TooMany
from logstream.team.named_query import Unusable
from logstream.team.start import StartPage
from logstream.web.auth import Access
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.json_body import read_object, read_revision


class CollectionRoutes(Generic[Item]):
    """`one`: what one of them is called; several have an s. `read` raises Unusable."""

    def __init__(
        self,
        one: str,
        collection: Collection[Item],
        read: Callable[[dict[str, Any]], Item],
        start: StartPage,
        access: Access,
    ) -> None:
        self._one = one
        self._start = start
        self._collection = collection
        self._read = read
        self._access = access

    async def list_or_add(self, request: Request) -> Response:
        if request.method != "POST":
            self._access.check_read_or_admin(request)
            return JsonResponse({f"{self._one}s": [_shown(kept) for kept in await self._collection.listed()]})
        self._access.check_admin(request)
        item = self._item(await read_object(request))
        try:
            return JsonResponse(_shown(await self._collection.add(item)), 201)
        except Exists:
            raise self._exists(item.name) from None
        except TooMany:
            reason = f"at most {self._collection.most} are allowed"
            raise HttpError(422, f"Too many {self._one}s", reason) from None

    async def one(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            self._access.check_read_or_admin(request)
        else:
            self._access.check_admin(request)
        name = request.path_params["name"]
        kept = await self._collection.get(name)
        if kept is None:
            raise HttpError(404, f"{self._called(name[:100])} not found.")
        if request.method == "DELETE":
            await self._collection.remove(name)
            return Response(status_code=204)
        if request.method != "PUT":
            return JsonResponse(_shown(kept))
        given = await read_object(request)
        item = self._item({**given, "name": given.get("name") or name})
        read_revision(given, kept.revision, self._called(name))
        others = [] if item.name == name else await self._start.renamed(self._one, name, item.name)
        try:
            return JsonResponse(_shown(await self._collection.replace(kept, item, *others)))
        except Exists:
            raise self._exists(item.name) from None
        except Outdated:
            raise HttpError(409, f"{self._called(name)} was changed meanwhile.") from None

    def _item(self, given: dict[str, Any]) -> Item:
        try:
            return self._read(given)
        except Unusable as error:
            raise HttpError(422, f"Invalid {self._one}", str(error)) from None

    def _called(self, name: str) -> str:
        return f"{self._one.capitalize()} '{name}'"

    def _exists(self, name: str) -> HttpError:
        return HttpError(409, f"{self._called(name)} already exists.")


class StartRoutes:
    def __init__(self, start: StartPage, access: Access) -> None:
        self._start = start
        self._access = access

    async def start(self, request: Request) -> Response:
        if request.method != "PUT":
            self._access.check_read_or_admin(request)
            return JsonResponse(await self._start.get())
        self._access.check_admin(request)
        try:
            return JsonResponse(await self._start.set(await read_object(request)))
        except Unusable as error:
            raise HttpError(422, "Invalid start page", str(error)) from None


def _shown(kept: Kept[Item]) -> dict[str, Any]:
    return {**msgspec.to_builtins(kept.item), "revision": kept.revision, "updated_at": kept.updated_at}
