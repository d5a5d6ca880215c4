"""Which addresses a webhook may have (S3): what an URL may say, and where it may lead.

The first is known when it is set; the second is asked again at every attempt, as names move.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple

from AntiSSRF import IPAddressRanges

from guazai.control.kernel.texts import Text

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

MAX_URL = 512
WELL_KNOWN_PORTS = frozenset({80, 443})
FIRST_FREE_PORT = 1024
#: What no URL needs unescaped; the rest of ASCII stands in one as it is.
_WRITTEN = re.compile(r"[!#-;=?-\[\]_a-z~]+", re.ASCII | re.IGNORECASE)
_URL = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<literal>[0-9a-f:.]+)\]|(?P<name>[a-z0-9.-]+))(?::(?P<port>0|[1-9]\d{0,4}))?"
    r"(?:[/?].*)?",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII | re.IGNORECASE)
#: A last label that some resolvers read as a number, and the whole name as an address.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII | re.IGNORECASE)
_CLOSED = [ip_network(each) for each in IPAddressRanges.recommended_latest]
#: Of IPv6, what is given to the public internet; whatever is new elsewhere stays closed.
_OPEN_V6 = ip_network("2000::/3")

PROBLEMS = {
    "url_too_long": Text("地址超过 512 个字符", "The URL has more than 512 characters"),
    "url_characters": Text(
        "地址含有空白、控制字符、非 ASCII 或不安全的字符；中文域名请用 punycode 书写",
        "The URL has spaces, control characters, or others that must be escaped; write"
        " international names in punycode",
    ),
    "url_fragment": Text("地址不能含有 #", "The URL must not have a fragment"),
    "url_credentials": Text("地址不能含有用户名或密码", "The URL must not have a user or password"),
    "url_form": Text("不是合法的 https 地址", "This is not a valid https URL"),
    "url_host": Text("域名或 IP 地址不合法", "The host is neither a valid name nor an address"),
    "url_port": Text(
        "端口只能是 443、80 或 1024 以上", "The port must be 443, 80, or 1024 and above"
    ),
    "url_scheme": Text("只支持 https", "Only https is supported"),
    "url_address": Text(
        "该地址不允许访问（如内网或保留地址）",
        "This address must not be called: it is private or reserved",
    ),
}


class UrlError(ValueError):
    """An URL that no webhook may have; `code` is one of `PROBLEMS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Target(NamedTuple):
    """What an URL names: a host by name or address, which is None where it has to be resolved."""

    scheme: str
    host: str
    port: int
    address: Address | None


def parse(url: str, networks: Networks) -> Target:
    """Take an URL apart that a webhook may have; raises `UrlError`.

    Plain http is for hosts inside `networks` alone; of a name that is known only when it is called.
    """
    if len(url) > MAX_URL:
        raise UrlError("url_too_long")
    if not _WRITTEN.fullmatch(url):
        raise UrlError("url_characters")
    if "#" in url:
        raise UrlError("url_fragment")
    if "@" in re.split(r"[/?]", url.partition("://")[2], maxsplit=1)[0]:
        raise UrlError("url_credentials")
    found = _URL.fullmatch(url)
    if found is None:
        raise UrlError("url_form")
    scheme = found["scheme"].lower()
    host = (found["literal"] or found["name"]).lower()
    address = _address(host, is_literal=bool(found["literal"]))
    port = int(found["port"] or (443 if scheme == "https" else 80))
    if not (port in WELL_KNOWN_PORTS or FIRST_FREE_PORT <= port <= 65535):
        raise UrlError("url_port")
    if scheme == "http" and not networks:
        raise UrlError("url_scheme")
    if address is not None:
        require([address], scheme, networks)
    return Target(scheme, host, port, address)


def require(found: Sequence[Address], scheme: str, networks: Networks) -> None:
    """Raise `UrlError` unless a host that is at all of these addresses may be called."""
    if not all(is_allowed(each, networks) for each in found):
        raise UrlError("url_address")
    if scheme == "http" and not all(is_inside(each, networks) for each in found):
        raise UrlError("url_scheme")


def _address(host: str, *, is_literal: bool) -> Address | None:
    labels = host.split(".")
    if is_literal or _NUMBER.fullmatch(labels[-1]):
        try:
            return IPv6Address(host) if is_literal else IPv4Address(host)
        except ValueError:
            raise UrlError("url_host") from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlError("url_host")
    return None


def plain(address: Address | str) -> Address:
    """An address without a zone, and as IPv4 where IPv6 only wraps that."""
    found = ip_address(address.partition("%")[0]) if isinstance(address, str) else address
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def is_inside(address: Address | str, networks: Networks) -> bool:
    """Whether an operator allowed the address although it is not public."""
    return any(plain(address) in each for each in networks)


def is_public(address: Address | str) -> bool:
    """Whether the address is one of the public internet's own.

    What leads to IPv4 through a translator (NAT64, 6to4, Teredo) is not: it could lead anywhere.
    """
    found = plain(address)
    if isinstance(found, IPv6Address) and found not in _OPEN_V6:
        return False
    return found.is_global and not any(found in each for each in _CLOSED)


def is_allowed(address: Address | str, networks: Networks) -> bool:
    """Whether a webhook may be delivered to the address (S3)."""
    return is_inside(address, networks) or is_public(address)
