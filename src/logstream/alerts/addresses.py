"""What may be connected to: not this machine nor the network it is in, which the metadata of clouds belong to.

A name is resolved here, and the connection goes to an address that was looked at, so that a name which leads elsewhere
a moment later leads nowhere.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""Of these, the last four bytes are an IPv4 address (RFC 6052)."""

ALLOW: Final = "ALERT_ALLOW_PRIVATE=1 allows it"


class Forbidden(Exception):
    """An address that may not be connected to; the text names it and the remedy."""


def check(address: str, host: str | None = None) -> None:
    """Raises Forbidden for an IP address that is not a public one; `host`: the name that leads to it."""
    ip = _embedded(ip_address(address.partition("%")[0]))
    if not ip.is_global or ip.is_multicast:
        led = "" if host is None or host == address else f"{host} leads to "
        raise Forbidden(f"{led}{address}, which is no public address; {ALLOW}")


def _embedded(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip.sixtofour is not None:
            return ip.sixtofour
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


async def addresses_of(host: str, port: int, *, allow_private: bool) -> list[str]:
    """The addresses of a host to connect to. Raises Forbidden, or OSError where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not allow_private:
        for address in addresses:
            check(address, host)
    return addresses


async def check_host(host: str, *, allow_private: bool) -> None:
    """Raises Forbidden for a host that may not be connected to; one that can't be found is looked at when it can."""
    try:
        await addresses_of(host, 0, allow_private=allow_private)
    except (OSError, UnicodeError):
        return
