"""Who may write and who may read: bearer tokens, or `?token=` where a header can't be sent."""

import hmac
from urllib.parse import parse_qsl

from logstream.settings import Settings
from logstream.web.errors import HttpError

CHALLENGE = {"WWW-Authenticate": "Bearer"}
MISSING_KEY = "Missing Authorization header or token query parameter"
WRONG_KEY = "Invalid API secret"


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


class Access:
    """The keys of this server."""

    def __init__(self, settings: Settings) -> None:
        self._write = settings.api_secret.get_secret_value() if settings.api_secret else None
        self._read = settings.ui_secret.get_secret_value() if settings.ui_secret else None

    def may_read(self, authorization: str | None, query: str) -> bool:
        if self._read is None:
            return True
        key = presented_key(authorization, query)
        return key is not None and same(key, self._read)

    def check_read(self, authorization: str | None, query: str) -> None:
        """Raises HttpError 401."""
        if not self.may_read(authorization, query):
            raise HttpError(401, "Unauthorized", headers=CHALLENGE)

    def check_write(self, authorization: str | None, query: str) -> None:
        """Raises HttpError 401 with the reason."""
        if self._write is None:
            return
        key = presented_key(authorization, query)
        if key is None or not same(key, self._write):
            raise HttpError(401, "Unauthorized", MISSING_KEY if key is None else WRONG_KEY, CHALLENGE)
