"""Who called, where proxies stand before the control plane (`GUAZAI_TRUSTED_PROXIES`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Address = IPv4Address | IPv6Address


def behind(trusted: Sequence[IPv4Network | IPv6Network], application: Application) -> Application:
    """`application`, told who called the outermost proxy of ours, and whether that was over TLS.

    A proxy writes whom it heard behind what it was sent, so the caller is the last address of
    X-Forwarded-For that is not a trusted proxy's; what stands before it anyone may have made up.
    Of others than trusted proxies no header is believed. Without trusted proxies none is.
    """
    if not trusted:
        return application

    def told(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        peer = _address(environ.get("REMOTE_ADDR", ""))
        if peer is not None and _is_trusted(peer, trusted):
            caller = _caller(peer, environ.get("HTTP_X_FORWARDED_FOR", ""), trusted)
            environ["REMOTE_ADDR"] = str(caller)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
        return application(environ, start_response)

    return told


def _caller(peer: Address, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> Address:
    caller = peer
    for entry in reversed(forwarded.split(",")):
        heard = _address(entry)
        if heard is None:
            break
        caller = heard
        if not _is_trusted(caller, trusted):
            break
    return caller


def _is_trusted(address: Address, trusted: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in trusted)


def _address(text: str) -> Address | None:
    """The address in an entry, which some proxies write with a port; None where it has none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
