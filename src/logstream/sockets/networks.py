"""ALLOWED_NETWORKS: who may send over the sockets, whose protocols mostly have no place for a key."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


class Networks:
    """The networks that are let in; without any, all are."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._allows = lru_cache(4096)(self._look_up)

    @property
    def listed(self) -> bool:
        """Whether somebody said who may send."""
        return bool(self._networks)

    def allow(self, address: str) -> bool:
        return not self._networks or self._allows(address)

    def _look_up(self, address: str) -> bool:
        try:
            given = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(given, IPv6Address) and given.ipv4_mapped is not None:
            given = given.ipv4_mapped
        return any(given in network for network in self._networks)
