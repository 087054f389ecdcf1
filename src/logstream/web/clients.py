"""Registered clients: /api/clients, with the admin key. A client's token is shown once, when it is made."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.clients import Client, ClientExists, Clients
from logstream.entries.entry import MAX_APP
from logstream.web.auth import Access
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.json_body import read_object

APP_KEY: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
MAX_NAME: Final = 255
NOTE: Final = "Store the api_token now: it is kept as a hash only and can't be shown again."
FILE_MODE: Final = "Client management requires STORAGE_TYPE=mariadb or clickhouse."


class ClientList(msgspec.Struct):
    clients: Sequence[Client]


class ClientRoutes:
    """The routes below /api/clients; where clients can't be registered, they say what that takes."""

    def __init__(self, clients: Clients | None, access: Access) -> None:
        self._clients = clients
        self._access = access

    async def list_or_add(self, request: Request) -> Response:
        clients = self._open(request)
        if request.method != "POST":
            return JsonResponse(ClientList(await clients.listed()))
        given = await read_object(request)
        name, app_key = _name(given), _app_key(given)
        try:
            client, token = await clients.add(name, app_key)
        except ClientExists:
            raise HttpError(409, f"Client '{app_key}' already exists.") from None
        return JsonResponse(_with_token(client, token), 201)

    async def one(self, request: Request) -> Response:
        clients = self._open(request)
        app_key = request.path_params["key"]
        if request.method == "DELETE":
            removed = await clients.remove(app_key)
            if removed is None:
                raise _unknown(app_key)
            return JsonResponse({"deleted": app_key, "logs_deleted": removed})
        if request.method == "PUT":
            given = await read_object(request)
            name = _name(given) if given.get("name") is not None else None
            client = await clients.change(app_key, name=name, active=_active(given))
        else:
            client = await clients.get(app_key)
        if client is None:
            raise _unknown(app_key)
        return JsonResponse(client)

    async def rotate(self, request: Request) -> Response:
        clients = self._open(request)
        app_key = request.path_params["key"]
        rotated = await clients.rotate(app_key)
        if rotated is None:
            raise _unknown(app_key)
        return JsonResponse(_with_token(*rotated))

    def _open(self, request: Request) -> Clients:
        self._access.check_admin(request)
        if self._clients is None:
            raise HttpError(503, FILE_MODE)
        return self._clients


def _unknown(app_key: str) -> HttpError:
    return HttpError(404, f"Client '{app_key[:MAX_APP]}' not found.")


def _with_token(client: Client, token: str) -> dict[str, Any]:
    return {**msgspec.to_builtins(client), "api_token": token, "_note": NOTE}


def _name(given: Mapping[str, Any]) -> str:
    name = given.get("name")
    if name is None:
        raise HttpError(400, "name is required")
    if not isinstance(name, str):
        raise HttpError(400, "Invalid name", "it must be a string")
    name = name.strip()
    if not name or len(name) > MAX_NAME:
        raise HttpError(422, "Invalid name", f"it must have 1 to {MAX_NAME} characters")
    return name


def _app_key(given: Mapping[str, Any]) -> str:
    app_key = given.get("app_key")
    if app_key is None:
        raise HttpError(400, "app_key is required")
    if not isinstance(app_key, str):
        raise HttpError(400, "Invalid app_key", "it must be a string")
    if not APP_KEY.fullmatch(app_key) or len(app_key) > MAX_APP:
        raise HttpError(
            422,
            "Invalid app_key",
            f"{app_key[:MAX_APP]!r} must be 1 to {MAX_APP} characters, only a to z, 0 to 9 and -, and not begin with -",
        )
    return app_key


def _active(given: Mapping[str, Any]) -> bool | None:
    active = given.get("active")
    if active is None or isinstance(active, bool):
        return active
    if active in (0, 1):
        return bool(active)
    raise HttpError(400, "Invalid active", "it must be true or false")
