"""Brings a demo into a state in which developers' servers call it and are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.visit import Demo
from tests.platform import within
from tests.webhooks.sink import Sink, sink

APP = "/mini-programs/tt_tea"
WEBHOOK = f"{APP}/webhook"
PROMISE_SECONDS = 60.0


@contextmanager
def receiving(demo: Demo) -> Iterator[Sink]:
    """The tea shop has a secret, and a server that takes what is pushed until the block ends."""
    developer = demo.as_("developer")
    developer.post(f"{APP}/credential/secrets")
    with sink() as receiver:
        developer.put(WEBHOOK, {"url": receiver.url})
        _await(demo, "status", "enabled")
        yield receiver


def tell_of_clients(demo: Demo, receiver: Sink) -> dict[str, str]:
    """A rotation under way, a provider, and a push that the server does not take."""
    developer, operator = demo.as_("developer"), demo.as_("operator")
    developer.post(f"{APP}/credential/secrets", {"keep_hours": 72})
    networks = {"networks": ["127.0.0.0/8", "198.18.0.0/24"]}
    developer.put(f"{APP}/credential/allowed-networks", networks)
    provider = operator.post("/operator/providers", {"name": "茶云科技"})["client_key"]
    operator.post("/operator/providers", {"name": "好店通服务商"})
    developer.post(f"{APP}/providers", {"client_key": provider, "permissions": [1, 3]})
    _await(demo, "waiting", 0)
    receiver.answer = lambda _: (502, b"<html><h1>502 Bad Gateway</h1></html>")
    developer.post(f"{WEBHOOK}/test")

    def refused() -> str | None:
        newest = developer.get(f"{WEBHOOK}/deliveries?event=TEST")["items"][0]
        return str(newest["id"]) if newest["attempts"] else None

    return {"provider": provider, "delivery": within(PROMISE_SECONDS, refused, "it is refused")}


def _await(demo: Demo, name: str, value: object) -> None:
    def is_so() -> bool | None:
        return demo.as_("developer").get(WEBHOOK)[name] == value or None

    within(PROMISE_SECONDS, is_so, f"{name} is {value}")
