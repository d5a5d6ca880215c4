"""Allow lists: addresses and networks, IPv4 and IPv6."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Network = IPv4Network | IPv6Network
MAPPED = IPv6Network("::ffff:0:0/96")


def canonical(text: str) -> str:
    """`text` as it is kept: an address alone as such, a mapped one as IPv4.

    Raises `ValueError` where it is neither an address nor a network, or has bits beside its mask.
    """
    network = _network(text.strip())
    is_alone = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if is_alone else str(network)


def is_listed(address: str, networks: Iterable[str]) -> bool:
    """Whether `address` is in one of `networks`; without any, every address is listed."""
    listed = _parsed(tuple(networks))
    if not listed:
        return True
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = _plain(found)
    return any(plain in network for network in listed if network.version == plain.version)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _network(text: str) -> Network:
    found = ip_network(text)
    if isinstance(found, IPv6Network) and found.subnet_of(MAPPED):
        return IPv4Network((int(found.network_address) & 0xFFFFFFFF, found.prefixlen - 96))
    return found


@lru_cache(maxsize=1024)
def _parsed(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(_network(each) for each in networks)
