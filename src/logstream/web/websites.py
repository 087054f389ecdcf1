"""Which requests come from a website: on a side without its key, programs get in and websites don't.

A browser sends what any page asks it to, also to servers that only this machine reaches. It says where the page came
from (`Origin`, RFC 6454; `Sec-Fetch-Site`, W3C Fetch Metadata), and a page that had its own name point here (DNS
rebinding) is known by the `Host` it still believes in.
"""

import ipaddress
import re
import socket
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9a-fA-F:.%]+\]|[^\[\]:@/\\\s]+)(?::(?P<port>[0-9]{1,5})?)?")
_SHOWN: Final = 200
_LONGEST_HOST: Final = 300
"""Bytes of a Host: a name has 253 characters at most."""
_HOSTS: Final = 256
"""Hosts that are remembered: a client says the same one each time, and to judge it takes a tenth of a small request."""

Headers = Mapping[bytes, bytes]
"""Lower-case names; of a header that came twice, the last."""


def header_text(headers: Headers, name: bytes) -> str | None:
    """A header's value as UTF-8, else as Latin-1; None where it is missing or empty."""
    value = headers.get(name)
    if not value:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Authority(NamedTuple):
    """Host, in lower case and without a dot at its end, and port; None where the text has none."""

    host: str
    port: int | None


def read_authority(text: str) -> Authority | None:
    """The parts of `example.com:8081` or `[::1]:8081`; None for anything else."""
    parts = _AUTHORITY.fullmatch(text.strip())
    if parts is None:
        return None
    host = parts["host"].lower().strip("[]")
    return Authority(host.removesuffix("."), int(parts["port"]) if parts["port"] else None)


class Websites:
    """Tells programs and our own page from websites. `origins` may hold `*`: then every website is let in."""

    def __init__(self, allowed_hosts: Sequence[str] = (), origins: Sequence[str] = ()) -> None:
        self._names = {name.lower().removesuffix(".") for name in allowed_hosts if not _is_pattern(name)}
        self._domains = tuple("." + name.lower().lstrip("*.") for name in allowed_hosts if _is_pattern(name))
        self._names.add(socket.gethostname().lower())
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)
        self._good_host = lru_cache(_HOSTS)(self._judge_host)

    def refusal(self, headers: Headers, key: str) -> str | None:
        """Why a request is not let in while the setting `key` is missing; None when it is."""
        host_text = headers.get(b"host", b"")
        host = self._good_host(host_text) if len(host_text) <= _LONGEST_HOST else None
        if host_text and host is None:
            return (
                f"Host {host_text.decode('latin-1')[:_SHOWN]!r} could be a website's name that points here; "
                f"set {key}, or ALLOWED_HOSTS to the names of this server"
            )
        origin = headers.get(b"origin")
        if origin is None:
            if headers.get(b"sec-fetch-site", b"").strip().lower() != b"cross-site":
                return None
            return f"a website asked for this; set {key} to let it in with the key"
        text = origin.decode("latin-1").strip()
        if self._is_good_origin(text, host):
            return None
        return f"the website {text[:_SHOWN]!r} asked for this; set {key}, or add it to CORS_ORIGINS"

    def _judge_host(self, text: bytes) -> Authority | None:
        """The host of a request, if nobody else can have its name point here."""
        host = read_authority(text.decode("latin-1"))
        return host if host is not None and self._is_good_name(host.host) else None

    def _is_good_name(self, name: str) -> bool:
        if "." not in name or name in self._names or name.endswith((".localhost", *self._domains)):
            return True
        return _is_address(name)

    def _is_good_origin(self, text: str, host: Authority | None) -> bool:
        if "*" in self._origins or text.lower() in self._origins:
            return True
        try:
            scheme, authority = urlsplit(text)[:2]
        except ValueError:
            return False
        page = read_authority(authority)
        if scheme not in _DEFAULT_PORTS or page is None:
            return False
        if is_loopback(page.host):
            return True
        default = _DEFAULT_PORTS[scheme]
        return host is not None and page.host == host.host and (page.port or default) == (host.port or default)


def _is_pattern(name: str) -> bool:
    return name.startswith((".", "*."))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a host name or address is of this machine alone."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return _is_address(name) and ipaddress.ip_address(name).is_loopback
