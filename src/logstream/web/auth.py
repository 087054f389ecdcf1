"""Who may write, read and administer: holders of a key, by header or `?token=`, and registered clients."""

import hmac
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import parse_qsl

import msgspec
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from logstream.clients import Clients
from logstream.entries.entry import MAX_APP
from logstream.live.websocket_handshake import Refusal
from logstream.settings import Settings
from logstream.web.credentials import Credential
from logstream.web.errors import HttpError
from logstream.web.websites import Headers, Websites

CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
MISSING_KEY: Final = "Missing Authorization header or token query parameter"
WRONG_KEY: Final = "Invalid API secret"
MISSING_SLOT: Final = "Missing client: send app_key:token as the key, or the token alone and X-App-Key"
MISSING_CLIENT: Final = "Missing X-Api-Key or X-Api-Token header"

ADMINISTRATION: Final = ("/api/clients", "/api/retention")
SHARED: Final = ("/api/views", "/api/dashboards", "/api/start", "/api/alerts")
"""Who may read sees them, who may administer changes them."""

PUBLIC: Final = frozenset(("/api/health", "/api/info", "/docs", "/openapi.yaml", "/favicon.ico", "/"))


def presented_key(authorization: str | None, query: str) -> bytes | None:
    """The key a request brings: of a Bearer header, else of `?token=`. A wrong Bearer is not rescued by `?token=`.

    The header is text as HTTP carries it, one character a byte.
    """
    if authorization is not None:
        scheme, _, key = authorization.strip().partition(" ")
        if scheme.lower() == "bearer":
            return key.strip().encode("latin-1", "replace")
    if "token" not in query:
        return None
    tokens = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "token"]
    return tokens[-1].encode("utf-8", "surrogatepass") if tokens else None


def same(given: bytes, secret: str) -> bool:
    """Whether two keys are equal, in constant time."""
    return hmac.compare_digest(given, secret.encode())


def _unauthorized(reason: str | None = None) -> HttpError:
    return HttpError(401, "Unauthorized", reason, CHALLENGE)


class Side:
    """Writing, reading or administering: whoever brings its key, or, where it has none, everybody but websites."""

    def __init__(self, secret: SecretStr | None, setting: str, websites: Websites) -> None:
        self._secret = None if secret is None else secret.get_secret_value()
        self._setting = setting
        self._websites = websites

    def check_website(self, headers: Headers) -> None:
        """Raises HttpError 403 for a request that a website made to a side without its key."""
        if self._secret is not None:
            return
        refusal = self._websites.refusal(headers, self._setting)
        if refusal is not None:
            raise HttpError(403, "Forbidden", refusal)

    def check(self, headers: Headers, query: str, *, reasons: tuple[str | None, str | None] = (None, None)) -> None:
        """Raises HttpError 401, with the reason for a missing or a wrong key, or 403."""
        self.check_website(headers)
        if self._secret is None:
            return
        authorization = headers.get(b"authorization")
        key = presented_key(None if authorization is None else authorization.decode("latin-1"), query)
        if key is None or not same(key, self._secret):
            missing, wrong = reasons
            raise _unauthorized(missing if key is None else wrong)

    def check_given(self, headers: Headers, given: Sequence[Credential]) -> None:
        """`check` of a key that the caller found. Raises HttpError 401 or 403."""
        self.check_website(headers)
        if self._secret is None:
            return
        right = [same(credential.key, self._secret) for credential in given]
        if not any(right):
            raise _unauthorized(WRONG_KEY if given else MISSING_KEY)


class Access:
    """The sides of this server; `write` is for files: with a database, registered clients write."""

    def __init__(self, settings: Settings) -> None:
        websites = Websites(settings.allowed_hosts, settings.cors_origins)
        self.write = Side(settings.api_secret, "API_SECRET", websites)
        self._read = Side(settings.ui_secret, "UI_SECRET", websites)
        self._admin = Side(settings.admin_secret or settings.ui_secret, "ADMIN_SECRET", websites)
        self._registered = settings.storage_type != "file"

    def check_read(self, request: HTTPConnection) -> None:
        """Raises HttpError 401 or 403."""
        self._read.check(dict(request.scope["headers"]), request.url.query)

    def check_admin(self, request: HTTPConnection) -> None:
        """Raises HttpError 401 or 403."""
        self._admin.check(dict(request.scope["headers"]), request.url.query)

    def check_read_or_admin(self, request: HTTPConnection) -> None:
        """Who may change something may see it. Raises HttpError 401 or 403."""
        try:
            self.check_read(request)
        except HttpError as error:
            if error.status != 401:
                raise
            self.check_admin(request)

    def refuse_handshake(self, headers: Headers, query: str) -> Refusal | None:
        """Why a WebSocket may not read; None when it may."""
        try:
            self._read.check(headers, query)
        except HttpError as error:
            return Refusal(error.status, msgspec.json.encode(error.body))
        return None

    def check_preflight(self, path: str, headers: Headers) -> None:
        """A browser asks whether a website may make a request. Raises HttpError 403."""
        method = headers.get(b"access-control-request-method", b"").upper()
        if path.startswith(ADMINISTRATION) or (path.startswith(SHARED) and method != b"GET"):
            self._admin.check_website(headers)
        elif method == b"POST" or (method == b"PUT" and not path.startswith("/api/")):
            if not self._registered:
                self.write.check_website(headers)
        elif path not in PUBLIC:
            self._read.check_website(headers)


class Senders(Protocol):
    """Who may write."""

    async def admit(self, headers: Headers, query: str) -> str | None:
        """The app_key of the registered client that asks; None where there are none. Raises HttpError 401 or 403."""

    async def admit_given(self, headers: Headers, given: Sequence[Credential], named: str | None) -> str | None:
        """`admit` with the key from a protocol's own slot; `named`: the app_key that the request says it is from."""


class KeyHolders:
    """Whoever holds the write key, or every program where there is none."""

    def __init__(self, side: Side) -> None:
        self._side = side

    async def admit(self, headers: Headers, query: str) -> str | None:
        self._side.check(headers, query, reasons=(MISSING_KEY, WRONG_KEY))
        return None

    async def admit_given(self, headers: Headers, given: Sequence[Credential], named: str | None) -> str | None:
        self._side.check_given(headers, given)
        return None


class RegisteredClients:
    """Whoever is in the table of clients and active."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def admit(self, headers: Headers, query: str) -> str | None:
        app_key = headers.get(b"x-api-key", b"").strip().decode(errors="surrogateescape")
        token = headers.get(b"x-api-token", b"").strip().decode(errors="surrogateescape")
        if not app_key or not token:
            raise _unauthorized(MISSING_CLIENT)
        return await self._known(app_key, token)

    async def admit_given(self, headers: Headers, given: Sequence[Credential], named: str | None) -> str | None:
        """Without a client in the slot it is the one that `named` names."""
        refusal = _unauthorized(MISSING_SLOT)
        for credential in given:
            app_key = named if credential.client is None else credential.client.decode(errors="surrogateescape")
            if not app_key:
                continue
            try:
                return await self._known(app_key, credential.key.decode(errors="surrogateescape"))
            except HttpError as error:
                refusal = error
        raise refusal

    async def _known(self, app_key: str, token: str) -> str:
        known = await self._clients.known(app_key, token)
        if not known:
            reason = "Unknown client" if known is None else "Invalid token for client"
            shown = app_key[:MAX_APP].encode(errors="replace").decode()
            raise _unauthorized(f"{reason}: {shown}")
        return app_key
