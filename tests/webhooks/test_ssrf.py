"""S3: no webhook leads into a private network, whatever its address says or its name is at.

Hits are counted by listeners that are really there; twins without the guard do hit them.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from guazai.control.webhooks import addresses
from guazai.control.webhooks.addresses import PROBLEMS, UrlError
from guazai.control.webhooks.sending import GuardedTransport
from guazai.control.webhooks.states import Failure
from tests.webhooks.guarding import (
    ELSEWHERE,
    LOCAL,
    TRICKS,
    Listener,
    Names,
    Rebound,
    Unguarded,
    guarded,
    listener,
    post,
)
from tests.webhooks.sink import sink

LOOPBACK = [ip_network("127.0.0.1/32")]
NOT_THERE = {Failure.ADDRESS_FORBIDDEN, Failure.URL_INVALID, Failure.NOT_RESOLVED}
#: Some numbers with leading zeros, and the like, are no addresses for every C library.
FEWEST_LOCAL_HITS = 20


@pytest.fixture(scope="module")
def private() -> Iterator[Listener]:
    with listener() as found:
        yield found


def forms(private: Listener) -> list[str]:
    hosts = [
        f"{scheme}://{host}:{private.port}/"
        for host in (*LOCAL, *ELSEWHERE)
        for scheme in ("http", "https")
    ]
    return hosts + [trick.format(port=private.port) for trick in TRICKS]


def test_s3_there_are_enough_forms() -> None:
    assert len({*LOCAL, *ELSEWHERE}) + len(TRICKS) >= 60


def test_s3_no_form_reaches_a_private_sink(private: Listener) -> None:
    transport, before = guarded(), private.hits
    said = {url: post(url, transport).failure for url in forms(private)}
    assert private.hits == before
    assert {url: failure for url, failure in said.items() if failure not in NOT_THERE} == {}


def test_s3_no_form_is_let_in_when_it_is_set_that_leads_to_an_address_at_once() -> None:
    for host in (*LOCAL, *ELSEWHERE):
        is_name = host.endswith(".test") or host.lower() == "localhost"
        if not is_name:
            with pytest.raises(UrlError) as refused:
                addresses.parse(f"https://{host}/", ())
            assert refused.value.code in PROBLEMS
    for trick in TRICKS:
        with pytest.raises(UrlError):
            addresses.parse(trick.format(port=8443), LOOPBACK if "http:" in trick else ())


def test_s3_without_the_guard_the_sink_is_hit(private: Listener) -> None:
    before = private.hits
    for host in LOCAL:
        if host != "both.test":
            post(f"http://{host}:{private.port}/", Unguarded((), Names()))
    assert private.hits - before >= FEWEST_LOCAL_HITS


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_s3_a_redirect_is_not_followed(private: Listener, status: int) -> None:
    with sink() as front:
        front.answer = lambda _: (status, b"")
        front.answer_headers["Location"] = f"http://127.0.0.2:{private.port}/"
        before = private.hits
        answer = post(front.url, guarded(LOOPBACK))
        assert (answer.http_status, answer.failure) == (status, Failure.REDIRECTED)
        # Were it followed, the guard would still be there.
        assert post(front.url, guarded(LOOPBACK), follow=True).failure is Failure.ADDRESS_FORBIDDEN
        assert private.hits == before
        post(front.url, Unguarded((), Names()), follow=True)
        assert private.hits > before, "the twin without guard that follows must hit the sink"


def test_s3_a_name_that_leads_elsewhere_a_moment_later_changes_nothing(private: Listener) -> None:
    with sink() as front:
        url, before = f"http://rebound.test:{front.port}/", private.hits
        names = Names(["127.0.0.1"], ["127.0.0.2"])
        assert post(url, guarded(LOOPBACK, names)).failure is None
        assert names.asked == 1
        # At the next attempt it is resolved, and checked, again.
        assert post(url, guarded(LOOPBACK, names)).failure is Failure.ADDRESS_FORBIDDEN
        assert len(front.hits) == 1
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    url = f"http://rebound.test:{private.port}/"
    post(url, Rebound(LOOPBACK, names))
    assert private.hits > before, "the twin that resolves twice must hit the sink"


def test_s3_one_private_address_among_others_closes_a_name(private: Listener) -> None:
    before = private.hits
    for found in (["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::1"]):
        answer = post(f"http://mixed.test:{private.port}/", guarded(LOOPBACK, Names(found)))
        assert answer.failure is Failure.ADDRESS_FORBIDDEN
    assert private.hits == before


def test_s3_plain_http_is_for_the_networks_that_an_operator_named() -> None:
    with pytest.raises(UrlError, match="url_scheme"):
        addresses.parse("http://hooks.example.com/", ())
    with pytest.raises(UrlError, match="url_scheme"):
        addresses.parse("http://93.184.215.14/", LOOPBACK)
    assert addresses.parse("http://127.0.0.1:9000/", LOOPBACK).address == ip_address("127.0.0.1")
    public = guarded(LOOPBACK, Names(["93.184.215.14"]))
    assert post("http://public.test/", public).failure is Failure.ADDRESS_FORBIDDEN


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://hooks.example.com:22/", "url_port"),
        ("https://hooks.example.com:0/", "url_port"),
        ("https://hooks.example.com:1023/", "url_port"),
        ("https://hooks.example.com:65536/", "url_port"),
        ("https://hooks.example.com/#a", "url_fragment"),
        ("https://a:b@hooks.example.com/", "url_credentials"),
        ("https://hooks.example.com/ a", "url_characters"),
        ("https://hooks.example.com/\u202e", "url_characters"),
        ("https://-hooks.example.com/", "url_host"),
        ("https://hooks..example.com/", "url_host"),
        ("https://999.1.1.1/", "url_host"),
        ("https://10.0.0.1/", "url_address"),
        ("https://[::1]/", "url_address"),
        ("https://" + "a" * 500 + ".example.com/", "url_too_long"),
        ("ftp://hooks.example.com/", "url_form"),
        ("hooks.example.com", "url_form"),
    ],
)
def test_what_is_wrong_with_an_url_is_said(url: str, code: str) -> None:
    with pytest.raises(UrlError) as refused:
        addresses.parse(url, ())
    assert refused.value.code == code


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com/a/b?c=d&e=%20f",
        "https://hooks.example.com:8443/?a=b@c",
        "HTTPS://Hooks.Example.com:80/",
        "https://xn--fsq.example.com/",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:443/",
    ],
)
def test_usual_urls_are_taken(url: str) -> None:
    found = addresses.parse(url, ())
    assert (found.scheme, found.host) == ("https", httpx.URL(url).raw_host.decode())


@given(st.text(alphabet="htps:/[]@.#?%\\-_~&=0127afAFxl e\t\u3002①", max_size=40))
def test_s3_what_is_taken_is_read_alike_by_who_sends(rest: str) -> None:
    url = f"https://{rest}"
    try:
        found = addresses.parse(url, ())
    except UrlError:
        return
    sent = httpx.URL(url)
    assert (sent.raw_host.decode().lower(), sent.port or 443, sent.userinfo) == (
        found.host,
        found.port,
        b"",
    )


def test_tls_is_checked_against_the_name_although_an_address_is_called() -> None:
    ca = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("hooks.test").configure_cert(server)
    ca.configure_trust(client)
    with sink(server) as front:
        names = Names(["127.0.0.1"])
        transport = GuardedTransport(LOOPBACK, names, client)
        assert post(f"https://hooks.test:{front.port}/", transport).failure is None
        assert front.hits[0].headers["Host"] == f"hooks.test:{front.port}"
        transport = GuardedTransport(LOOPBACK, names, client)
        other = post(f"https://other.test:{front.port}/", transport)
        assert other.failure is Failure.TLS_FAILED
        stranger = post(f"https://hooks.test:{front.port}/", guarded(LOOPBACK, names))
        assert stranger.failure is Failure.TLS_FAILED
        assert len(front.hits) == 1
