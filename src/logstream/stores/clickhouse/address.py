"""Where a ClickHouse is, and who we are there: what CLICKHOUSE_URL says."""

from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

FORM: Final = "an address such as http://user:password@clickhouse:8123/logs"


class Address(msgspec.Struct, frozen=True):
    """It shows itself without the password. With `cluster`, tables are replicated and distributed over its nodes."""

    host: str
    port: int
    secure: bool
    name: str
    user: str
    password: str
    cluster: str | None = None

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.name}"

    def __repr__(self) -> str:
        return f"Address({self})"


def read_address(url: str, cluster: str | None = None) -> Address:
    """The address in `http[s]://user:password@host:port/database`. Raises ValueError without repeating the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(FORM) from None
    name = parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not parts.hostname or "/" in name or parts.query or parts.fragment:
        raise ValueError(FORM)
    secure = parts.scheme == "https"
    return Address(
        parts.hostname,
        port or (8443 if secure else 8123),
        secure,
        unquote(name) or "default",
        unquote(parts.username or "default"),
        unquote(parts.password or ""),
        cluster,
    )
