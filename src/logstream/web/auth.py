"""Who may write, read and administer: holders of a key, by header or `?token=`, and registered clients."""

import hmac
from typing import Final, Protocol
from urllib.parse import parse_qsl

from logstream.clients import Clients
from logstream.entries.entry import MAX_APP
from logstream.settings import Settings
from logstream.web.errors import HttpError

CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}
MISSING_KEY: Final = "Missing Authorization header or token query parameter"
WRONG_KEY: Final = "Invalid API secret"
MISSING_CLIENT: Final = "Missing X-Api-Key or X-Api-Token header"

Headers = dict[bytes, bytes]


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


class Access:
    """The keys of this server for reading and for administration."""

    def __init__(self, settings: Settings) -> None:
        self._read = settings.ui_secret.get_secret_value() if settings.ui_secret else None
        self._admin = settings.admin_secret.get_secret_value() if settings.admin_secret else self._read

    def may_read(self, authorization: str | None, query: str) -> bool:
        return _holds(self._read, authorization, query)

    def check_read(self, authorization: str | None, query: str) -> None:
        """Raises HttpError 401."""
        if not self.may_read(authorization, query):
            raise _unauthorized()

    def check_admin(self, authorization: str | None, query: str) -> None:
        """Raises HttpError 401."""
        if not _holds(self._admin, authorization, query):
            raise _unauthorized()


def _holds(secret: str | None, authorization: str | None, query: str) -> bool:
    """Whether a request brings the secret; without one, that side is open."""
    if secret is None:
        return True
    key = presented_key(authorization, query)
    return key is not None and same(key, secret)


class Senders(Protocol):
    """Who may write."""

    async def admit(self, headers: Headers, query: str) -> str | None:
        """The app_key of the registered client that asks; None where there are none. Raises HttpError 401."""


class KeyHolders:
    """Whoever holds the write key, or everybody where there is none."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.api_secret.get_secret_value() if settings.api_secret else None

    async def admit(self, headers: Headers, query: str) -> str | None:
        if self._secret is None:
            return None
        authorization = headers.get(b"authorization")
        key = presented_key(None if authorization is None else authorization.decode("latin-1"), query)
        if key is None or not same(key, self._secret):
            raise _unauthorized(MISSING_KEY if key is None else WRONG_KEY)
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
        known = await self._clients.known(app_key, token)
        if not known:
            shown = app_key[:MAX_APP].encode(errors="replace").decode()
            raise _unauthorized(f"{'Unknown client' if known is None else 'Invalid token for client'}: {shown}")
        return app_key
