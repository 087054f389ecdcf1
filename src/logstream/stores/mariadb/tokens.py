"""Tokens of registered clients: how they are made, kept and checked.

They are 32 random bytes, so a salted SHA-256 is as good as a slow hash and can't be used to keep the server busy.
"""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

SCHEME: Final = "sha256$"
_HASHED: Final = re.compile(r"sha256\$[\w=-]{24}\$[\w=-]{44}", re.ASCII)


def new_token() -> str:
    """32 random bytes in URL-safe base64: 43 characters."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """The form in which a token is kept: scheme, salt, and the HMAC-SHA256 of the token with the salt as its key."""
    salt = secrets.token_bytes(16)
    return f"{SCHEME}{_text(salt)}${_text(_digest(salt, token))}"


def token_matches(token: str, kept: str) -> bool:
    """Whether a token is the one kept, hashed or as the original kept it, plain. In constant time."""
    if not is_hashed(kept):
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), kept.encode())
    salt, digest = (base64.urlsafe_b64decode(part) for part in kept.removeprefix(SCHEME).split("$"))
    return hmac.compare_digest(_digest(salt, token), digest)


def is_hashed(kept: str) -> bool:
    return _HASHED.fullmatch(kept) is not None


def _digest(salt: bytes, token: str) -> bytes:
    return hmac.digest(salt, token.encode("utf-8", "surrogateescape"), hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
