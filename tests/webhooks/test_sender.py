"""The sender as the worker runs it: in a thread, over its own connection, until it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError

from guazai.control.webhooks import building
from guazai.control.webhooks.models import Delivery
from guazai.control.webhooks.sender import Sender, is_echo
from tests.platform import within
from tests.world import World

if TYPE_CHECKING:
    from tests.webhooks.scene import Scene
    from tests.webhooks.sink import Sink

LOOPBACK = (ip_network("127.0.0.1/32"),)
SOON_SECONDS = 20


@contextmanager
def sending() -> Iterator[None]:
    """A sender at work."""
    is_over = threading.Event()

    def run() -> None:
        Sender(LOOPBACK).run(is_over.is_set)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


@pytest.fixture
def scene(transactional_db: None, settings: Any) -> Scene:
    """The scene of a platform that lets webhooks come to this machine, as threads see it."""
    from tests.webhooks.scene import Scene  # noqa: PLC0415 - it needs Django set up

    settings.CONFIG = replace(settings.CONFIG, webhook_networks=LOOPBACK, gaps=(0.05,) * 50)
    return Scene(World())


def has(status: str, count: int) -> bool | None:
    return Delivery.objects.filter(status=status).count() == count or None


def test_what_is_set_is_checked_and_what_happens_is_delivered(scene: Scene, server: Sink) -> None:
    scene.add_secret()
    with sending():
        scene.api().put(scene.base, {"url": server.url})
        within(SOON_SECONDS, lambda: scene.endpoint.status == "enabled" or None, "it is checked")
        scene.world.grant(scene.app)
        within(SOON_SECONDS, partial(has, "delivered", 2), "both are delivered")
    assert [hit.content["status"] for hit in server.events] in ([1, 2], [2, 1])


def test_an_endpoint_that_does_not_answer_the_challenge_fails(scene: Scene, server: Sink) -> None:
    server.answer_headers["X-Closed"] = "1"
    server.answer = lambda _: (200, json.dumps({"challenge": "1"}).encode())
    with sending():
        scene.api().put(scene.base, {"url": server.url})
        within(SOON_SECONDS, lambda: scene.endpoint.status == "failed" or None, "it fails")
    assert scene.endpoint.problem == "challenge_wrong"


def test_what_is_refused_comes_again_until_it_is_taken(scene: Scene, server: Sink) -> None:
    scene.add_secret()
    scene.listen(server.url)
    server.answer = lambda _: (200 if len(server.hits) > 3 else 500, b"")
    scene.api().post(f"{scene.base}/test")
    with sending():
        within(SOON_SECONDS, partial(has, "delivered", 1), "it is delivered")
    assert len({hit.headers["Msg-Id"] for hit in server.hits}) == 1
    assert len(server.hits) == 4


def test_a_failure_of_the_database_is_outlived(
    scene: Scene, server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.add_secret()
    scene.listen(server.url)
    built = building.build
    failures = iter([OperationalError("gone"), OperationalError("still gone")])

    def build() -> int:
        if (failure := next(failures, None)) is not None:
            raise failure
        return built()

    monkeypatch.setattr(building, "build", build)
    scene.world.grant(scene.app)
    with sending():
        within(SOON_SECONDS, partial(has, "delivered", 2), "both are delivered")


def test_what_cannot_be_built_keeps_nothing_from_being_delivered(
    scene: Scene, server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build() -> int:
        raise KeyError("a verb without words")

    monkeypatch.setattr(building, "build", build)
    scene.add_secret()
    scene.listen(server.url)
    scene.api().post(f"{scene.base}/test")
    with sending():
        within(SOON_SECONDS, partial(has, "delivered", 1), "it is delivered")


def test_it_ends_soon_although_an_endpoint_hangs(scene: Scene, server: Sink) -> None:
    scene.add_secret()
    scene.listen(server.url)
    server.answer = server.hang
    scene.api().post(f"{scene.base}/test")
    with sending():
        within(SOON_SECONDS, lambda: bool(server.hits) or None, "it is under way")
        told_at = time.monotonic()
    assert time.monotonic() - told_at < 4.5
    made = Delivery.objects.get()
    assert (made.status, made.attempts) == ("waiting", 0)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ('{"challenge": 7}', True),
        ('{"challenge": 7, "more": 1}', True),
        ('{"challenge": "7"}', False),
        ('{"challenge": 7.0}', False),
        ('{"challenge": true}', False),
        ('{"challenge": 8}', False),
        ("7", False),
        ("", False),
        ("[7]", False),
    ],
)
def test_the_challenge_is_the_same_number(text: str, *, is_right: bool) -> None:
    assert is_echo(text, 7) is is_right
