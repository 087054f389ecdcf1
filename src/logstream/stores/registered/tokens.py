"""Tokens of registered clients: how they are made, kept and checked.

They are 32 random bytes, so a salted SHA-256 is as good as a slow hash and can't be used to keep the server busy.
Beside it is kept what a sender of Fluent forward proves to know: it never sends the token itself.
"""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

SCHEME: Final = "sha256$"
PROOF_SALT: Final = b"logstream.forward"
"""What a sender of Fluent forward puts before app_key and token: the same for all, as it is sent before who it is."""

_HASHED: Final = re.compile(r"sha256\$[\w=-]{24}\$[\w=-]{44}(?:\$[\w=-]{88})?", re.ASCII)


def new_token() -> str:
    """32 random bytes in URL-safe base64: 43 characters."""
    return secrets.token_urlsafe(32)


def hash_token(token: str, app_key: str) -> str:
    """The form in which a token is kept: scheme, salt, the HMAC-SHA256 of the token with the salt as its key, proof."""
    salt = secrets.token_bytes(16)
    return f"{SCHEME}{_text(salt)}${_text(_digest(salt, token))}${_text(_proof(app_key, token))}"


def proves(digest: str, app_key: str, kept: str) -> bool:
    """Whether a sender of Fluent forward knows the token that is kept: its SHA-512 behind salt and app_key, in hex.

    False for a token that was hashed before its proof was kept too. In constant time.
    """
    if not is_hashed(kept):
        proof = _proof(app_key, kept)
    elif kept.count("$") == 3:
        proof = base64.urlsafe_b64decode(kept.rpartition("$")[2])
    else:
        return False
    return hmac.compare_digest(digest.encode(errors="replace"), proof.hex().encode())


def token_matches(token: str, kept: str) -> bool:
    """Whether a token is the one kept, hashed or as the original kept it, plain. In constant time."""
    if not is_hashed(kept):
        return hmac.compare_digest(token.encode("utf-8", "surrogateescape"), kept.encode())
    salt, digest = (base64.urlsafe_b64decode(part) for part in kept.split("$")[1:3])
    return hmac.compare_digest(_digest(salt, token), digest)


def is_hashed(kept: str) -> bool:
    return _HASHED.fullmatch(kept) is not None


def _digest(salt: bytes, token: str) -> bytes:
    return hmac.digest(salt, token.encode("utf-8", "surrogateescape"), hashlib.sha256)


def _proof(app_key: str, token: str) -> bytes:
    return hashlib.sha512(PROOF_SALT + f"{app_key}{token}".encode("utf-8", "surrogateescape")).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
