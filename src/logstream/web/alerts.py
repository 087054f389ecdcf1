"""Alerts: /api/alerts, with the read key to see and the admin key to change."""

from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from logstream.alerts.alert import Alert, InvalidAlert
from logstream.alerts.courier import MAX_HISTORY
from logstream.alerts.desk import Desk, InFile
from logstream.alerts.preview import MAX_ENTRIES, TooManyEntries
from logstream.entries.timestamps import parse_timestamp, utc_now
from logstream.shared import Exists, Kept, Outdated, TooMany
from logstream.web.auth import Access
from logstream.web.disconnects import while_connected
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.json_body import read_object, read_revision
from logstream.web.parameters import given_parameters, read_number

DEFAULT_HISTORY: Final = 50
PREVIEWED: Final = timedelta(days=7)


class AlertRoutes:
    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access

    async def list_or_add(self, request: Request) -> Response:
        if request.method != "POST":
            self._access.check_read_or_admin(request)
            return JsonResponse({"alerts": await self._desk.listed()})
        self._access.check_admin(request)
        given = await read_object(request)
        try:
            kept = await self._desk.add(given)
        except InvalidAlert as error:
            raise _invalid(error) from None
        except Exists:
            raise _exists(given["name"]) from None
        except InFile:
            raise _in_file(given["name"]) from None
        except TooMany:
            raise HttpError(422, "Too many alerts", f"at most {self._desk.most} are allowed") from None
        return JsonResponse(await self._desk.shown(kept), 201)

    async def one(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            self._access.check_read_or_admin(request)
            return JsonResponse(await self._desk.shown(await self._named(request)))
        self._access.check_admin(request)
        name = request.path_params["name"]
        kept = await self._named(request)
        try:
            if request.method == "DELETE":
                await self._desk.remove(kept)
                return Response(status_code=204)
            given = await read_object(request)
            given = {**given, "name": given.get("name") or name}
            read_revision(given, kept.revision, f"Alert '{name}'")
            return JsonResponse(await self._desk.shown(await self._desk.replace(kept, given)))
        except InvalidAlert as error:
            raise _invalid(error) from None
        except Exists:
            raise _exists(given["name"]) from None
        except InFile:
            raise _in_file(name) from None
        except Outdated:
            raise HttpError(409, f"Alert '{name}' was changed meanwhile.") from None

    async def test(self, request: Request) -> Response:
        self._access.check_admin(request)
        kept = await self._named(request)
        return JsonResponse({"results": await while_connected(request, self._desk.test(kept))})

    async def mute(self, request: Request) -> Response:
        self._access.check_admin(request)
        kept = await self._named(request)
        given = await read_object(request)
        if "until" not in given:
            raise HttpError(422, "Invalid mute", "until is required: a time, or null to be told again")
        await self._desk.mute(kept, _moment("until", given["until"]) if given["until"] is not None else None)
        return JsonResponse(await self._desk.shown(kept))

    async def history(self, request: Request) -> Response:
        self._access.check_read_or_admin(request)
        kept = await self._named(request)
        limit = read_number("limit", given_parameters(request.url.query).more, DEFAULT_HISTORY)
        return JsonResponse({"history": await self._desk.history(kept, max(1, min(limit, MAX_HISTORY)))})

    async def preview(self, request: Request) -> Response:
        """Changes nothing, so whoever may read may ask for it."""
        self._access.check_read_or_admin(request)
        given = await read_object(request)
        parameters = {name: given.pop(name, None) for name in ("date_from", "date_to")}
        end = utc_now() if parameters["date_to"] is None else _moment("date_to", parameters["date_to"])
        start = end - PREVIEWED if parameters["date_from"] is None else _moment("date_from", parameters["date_from"])
        try:
            fired = await while_connected(request, self._desk.preview(given, start, end))
        except InvalidAlert as error:
            raise _invalid(error) from None
        except TooManyEntries:
            reason = f"more than {MAX_ENTRIES:,} entries match; choose a shorter time"
            raise HttpError(422, "Too many entries", reason) from None
        return JsonResponse({"fired": fired})

    async def _named(self, request: Request) -> Kept[Alert]:
        name = request.path_params["name"]
        kept = await self._desk.get(name)
        if kept is None:
            raise HttpError(404, f"Alert '{name[:100]}' not found.")
        return kept


def _moment(name: str, given: Any) -> datetime:
    parsed = parse_timestamp(given)
    if parsed is None:
        raise HttpError(422, f"Invalid {name}", f"{str(given)[:100]!r} is not a time such as 2026-01-31T14:00:00Z")
    return parsed.replace(tzinfo=None)


def _invalid(error: InvalidAlert) -> HttpError:
    return HttpError(422, "Invalid alert", str(error))


def _exists(name: str) -> HttpError:
    return HttpError(409, f"Alert '{name}' already exists.")


def _in_file(name: str) -> HttpError:
    return HttpError(409, f"Alert '{name}' comes from a file.", "change it in the file that ALERTS_CONFIG names")
