"""The key that a sender brings, wherever its protocol puts it: each has a slot of its own.

The first slot that is filled decides: a wrong key in one is not rescued by another.
"""

import base64
from collections.abc import Mapping
from typing import Final

import msgspec

from logstream.web.websites import Headers

_HEADERS: Final = (b"x-seq-apikey", b"dd-api-key", b"x-api-token")
_PARAMETERS: Final = ("token", "apiKey", "apikey", "api_key", "dd-api-key", "ddtoken")


class Credential(msgspec.Struct, frozen=True):
    """A reading of what was brought: a key alone, or with the app_key of a registered client before it."""

    client: bytes | None
    key: bytes


def presented(headers: Headers, query: Mapping[str, str], in_path: str | None = None) -> list[Credential]:
    """The readings of the first slot that is filled, likeliest first; none where the request brings no key."""
    if (authorization := headers.get(b"authorization", b"").strip()) != b"":
        return _of_authorization(authorization)
    client = headers.get(b"x-api-key", b"").strip()
    if client and (token := headers.get(b"x-api-token", b"").strip()):
        return [Credential(client, token)]
    for name in _HEADERS:
        if value := headers.get(name, b"").strip():
            return _plain(value)
    if client:
        return _plain(client)
    if in_path:
        return _plain(in_path.encode("utf-8", "surrogateescape"))
    for parameter in _PARAMETERS:
        if text := query.get(parameter):
            return _plain(text.encode("utf-8", "surrogatepass"))
    return []


def _of_authorization(value: bytes) -> list[Credential]:
    scheme, _, rest = value.partition(b" ")
    rest = rest.strip()
    match scheme.lower().decode("latin-1"):
        case "basic":
            return _pair(_decoded(rest))
        case "apikey":
            return [*_pair(_decoded(rest)), *_plain(rest)]
        case "bearer" | "splunk" | "token":
            return _plain(rest)
    return _plain(value)


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return b""


def _pair(text: bytes) -> list[Credential]:
    """`user:password`: the password is the key; where one is empty, the other is."""
    user, _, password = text.partition(b":")
    if not user or not password:
        return _plain(user or password)
    found = [Credential(user, password), Credential(None, text)]
    if b":" in password:  # an app_key may hold one, a token doesn't
        user, _, password = text.rpartition(b":")
        found.append(Credential(user, password))
    return found


def _plain(key: bytes) -> list[Credential]:
    found = [Credential(None, key)]
    client, sign, token = key.rpartition(b":")
    if sign and client and token:
        found.append(Credential(client, token))
    return found
