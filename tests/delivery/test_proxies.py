"""Trusted proxies: who called is what they say; of anybody else no header is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from django.test.client import ClientHandler

from guazai.control.delivery import proxies

OURS = tuple(map(ip_network, ("10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32")))
INSIDE, OUTSIDE = "10.1.2.3", "203.0.113.9"


def seen(peer: str, **headers: str) -> dict[str, Any]:
    """What the application is told of a request."""
    told: dict[str, Any] = {}

    def application(environ: dict[str, Any], _: Callable[..., Any]) -> Iterable[bytes]:
        told.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **headers}
    proxies.behind(OURS, application)(environ, lambda *_: None)
    return told


def leftmost(forwarded: str) -> str:
    """The broken twin: whoever writes the header is whoever it says."""
    return forwarded.partition(",")[0].strip()


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        (INSIDE, OUTSIDE, OUTSIDE),
        (INSIDE, f"198.51.100.1, {OUTSIDE}", OUTSIDE),
        (INSIDE, f"{OUTSIDE}, 10.9.9.9", OUTSIDE),
        (INSIDE, f"10.0.0.1, {OUTSIDE}, 192.0.2.7", OUTSIDE),
        (INSIDE, f"{OUTSIDE}:40312", OUTSIDE),
        (INSIDE, "[2001:db8:1::1]:443, [2606:4700::1]:443", "2606:4700::1"),
        (INSIDE, f"::ffff:{OUTSIDE}", OUTSIDE),
        (f"::ffff:{INSIDE}", OUTSIDE, OUTSIDE),
        (INSIDE, "10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (INSIDE, f"{OUTSIDE}, unknown", INSIDE),
        (INSIDE, f"{OUTSIDE}, <script>, 10.0.0.5", "10.0.0.5"),
        (INSIDE, "", INSIDE),
        (INSIDE, ",,,", INSIDE),
        (OUTSIDE, "198.51.100.1", OUTSIDE),
        (OUTSIDE, INSIDE, OUTSIDE),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_caller_is_the_last_address_that_is_no_proxys(
    peer: str, forwarded: str, caller: str
) -> None:
    assert seen(peer, HTTP_X_FORWARDED_FOR=forwarded)["REMOTE_ADDR"] == caller


def test_the_twin_that_believes_the_first_address_is_deceived() -> None:
    forwarded = f"198.51.100.1, {OUTSIDE}"
    assert leftmost(forwarded) != seen(INSIDE, HTTP_X_FORWARDED_FOR=forwarded)["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        (INSIDE, "https", "https"),
        (INSIDE, "http, HTTPS", "https"),
        (INSIDE, "gopher", "http"),
        (INSIDE, "", "http"),
        (OUTSIDE, "https", "http"),
    ],
)
def test_only_a_trusted_proxy_says_that_it_was_over_tls(peer: str, proto: str, scheme: str) -> None:
    assert seen(peer, HTTP_X_FORWARDED_PROTO=proto)["wsgi.url_scheme"] == scheme


def test_without_trusted_proxies_nothing_stands_between() -> None:
    application = WSGIHandler()
    assert proxies.behind((), application) is application


class Proxied(ClientHandler):
    """The control plane behind a proxy at `INSIDE`, which `trusted` may name."""

    trusted: tuple[Any, ...] = OURS

    def __call__(self, environ: dict[str, Any]) -> Any:
        proxies.behind(self.trusted, lambda *_: [])(environ, lambda *_: None)
        return super().__call__(environ)


def try_to_log_in(handler: ClientHandler, login: str, forwarded: str) -> int:
    """The status of a try with a wrong password."""
    client = Client(REMOTE_ADDR=INSIDE, HTTP_X_FORWARDED_FOR=forwarded)
    client.handler = handler
    body = {"login": login, "password": "wrong"}
    return client.post("/api/v1/session", body, content_type="application/json").status_code


def test_s10_made_up_addresses_do_not_add_to_the_tries_of_a_login(db: None) -> None:
    handler = Proxied(enforce_csrf_checks=False)
    given = [
        try_to_log_in(handler, "of_one", f"198.51.100.{number}, {OUTSIDE}") for number in range(11)
    ]
    assert given == [401] * 10 + [429]
    assert try_to_log_in(handler, "of_one", "203.0.113.10") == 401


def test_s10_without_trusted_proxies_made_up_addresses_are_not_read(db: None) -> None:
    handler = Proxied(enforce_csrf_checks=False)
    handler.trusted = ()
    given = [try_to_log_in(handler, "of_all", f"198.51.100.{number}") for number in range(11)]
    assert given == [401] * 10 + [429]
