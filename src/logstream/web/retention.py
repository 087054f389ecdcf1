"""Retention: /api/retention, with the admin key."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from logstream.retention.policy import MAX_NAME, InvalidPolicy, Policy, read_policy
from logstream.retention.policy_book import MAX_POLICIES
from logstream.retention.retention import ClockInDoubt, PolicyExists, Retention, TooManyPolicies
from logstream.retention.run_log import MAX_RUNS, Run
from logstream.shared import Outdated
from logstream.web.auth import Access
from logstream.web.errors import HttpError, JsonResponse
from logstream.web.json_body import read_object
from logstream.web.parameters import given_parameters, read_number

DEFAULT_RUNS: Final = 50
_TRUE: Final = ("", "1", "true", "yes", "on")
_FALSE: Final = ("0", "false", "no", "off")


class PolicyList(msgspec.Struct):
    policies: Sequence[Policy]
    enabled: bool
    interval_hours: int


class RunList(msgspec.Struct):
    runs: Sequence[Run]


class RetentionRoutes:
    def __init__(self, retention: Retention, access: Access) -> None:
        self._retention = retention
        self._access = access

    async def list_or_add(self, request: Request) -> Response:
        self._check(request)
        if request.method != "POST":
            rules = await self._retention.rules()
            return JsonResponse(PolicyList(rules.policies, rules.enabled, rules.interval_hours))
        policy = _policy(await read_object(request))
        try:
            await self._retention.add(policy)
        except (PolicyExists, Outdated):
            raise _exists(policy.name) from None
        except TooManyPolicies:
            raise HttpError(422, "Too many policies", f"at most {MAX_POLICIES} are allowed") from None
        return JsonResponse(policy, 201)

    async def one(self, request: Request) -> Response:
        self._check(request)
        name = request.path_params["name"]
        if request.method == "DELETE":
            try:
                if not await self._retention.replace(name, None):
                    raise _unknown(name)
            except Outdated:
                raise _changed(name) from None
            return Response(status_code=204)
        if request.method == "PUT":
            given = await read_object(request)
            policy = _policy({**given, "name": given.get("name") or name})
            try:
                if not await self._retention.replace(name, policy):
                    raise _unknown(name)
            except PolicyExists:
                raise _exists(policy.name) from None
            except Outdated:
                raise _changed(name) from None
            return JsonResponse(policy)
        return JsonResponse(await self._named(name))

    async def run(self, request: Request) -> Response:
        """Apply all policies, or the one that the path or the body names."""
        self._check(request)
        given = await read_object(request, empty=True)
        dry_run = _asks_for("dry_run", request, given)
        name = request.path_params.get("name") or given.get("policy")
        if name is not None and not isinstance(name, str):
            raise HttpError(400, "Invalid policy", "it must be the name of a policy")
        policies = (await self._retention.rules()).policies if name is None else [await self._named(name)]
        force = _asks_for("force", request, given)
        try:
            return JsonResponse(await self._retention.run(policies, dry_run=dry_run, force=force))
        except ClockInDoubt as error:
            reason = f"{error}; set it right, or run with force"
            raise HttpError(409, "Retention is put off", reason) from None

    async def log(self, request: Request) -> Response:
        self._check(request)
        limit = read_number("limit", given_parameters(request.url.query).more, DEFAULT_RUNS)
        return JsonResponse(RunList(await self._retention.runs.latest(max(1, min(limit, MAX_RUNS)))))

    async def _named(self, name: str) -> Policy:
        policy = await self._retention.get(name)
        if policy is None:
            raise _unknown(name)
        return policy

    def _check(self, request: Request) -> None:
        self._access.check_admin(request)


def _changed(name: str) -> HttpError:
    return HttpError(409, f"Policy {name[:100]!r} was changed meanwhile.")


def _policy(given: dict[str, Any]) -> Policy:
    try:
        return read_policy(given)
    except InvalidPolicy as error:
        raise HttpError(422, "Invalid policy", str(error)) from None


def _asks_for(name: str, request: Request, given: dict[str, Any]) -> bool:
    """`?dry_run=1` or `{"dry_run": true}`: either is enough. A value that is neither yes nor no is refused, not run."""
    asked = request.query_params.getlist(name)
    if given.get(name) is not None:
        asked = [given[name], *asked]
    wanted = False
    for value in asked:
        text = str(value).strip().lower()
        if text in _TRUE:
            wanted = True
        elif text not in _FALSE:
            raise HttpError(400, f"Invalid parameter: {name}", f"{text[:100]!r} is neither 1 nor 0")
    return wanted


def _unknown(name: str) -> HttpError:
    return HttpError(404, f"Retention policy '{name[:MAX_NAME]}' not found.")


def _exists(name: str) -> HttpError:
    return HttpError(409, f"Retention policy '{name}' already exists.")
