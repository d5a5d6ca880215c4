"""Developers set where they are told, check it, switch it off and on, and take it away."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from guazai.control.webhooks.models import Delivery, VisibilityTold, WebhookEndpoint
from guazai.control.webhooks.states import SUBSCRIBABLE
from tests.webhooks.scene import URL, audited, build_all, told_by

if TYPE_CHECKING:
    from tests.webhooks.scene import Scene
    from tests.webhooks.sink import Sink

ALL = [event.value for event in SUBSCRIBABLE]


@pytest.fixture
def _local(settings: Any) -> None:
    """The operator lets webhooks come to this machine."""
    settings.CONFIG = replace(settings.CONFIG, webhook_networks=(ip_network("127.0.0.1/32"),))


def subscribed(body: Any) -> list[str]:
    return [each["key"] for each in body["events"] if each["is_subscribed"]]


def test_without_a_webhook_one_can_be_set(scene: Scene) -> None:
    answer = scene.api().get(scene.base)
    assert answer.status == 200
    assert (answer.body["url"], answer.body["status"]) == ("", "none")
    assert answer.body["available_actions"] == ["set"]
    assert [each["key"] for each in answer.body["events"]] == ALL
    assert answer.body["problem"] is None


def test_a_webhook_that_is_set_is_verified_later(scene: Scene) -> None:
    answer = scene.api(scene.teammate).put(scene.base, {"url": URL})
    assert (answer.status, answer.body["status"]) == (200, "verifying")
    assert subscribed(answer.body) == ALL
    # Nothing can be signed yet, and that is said.
    assert answer.body["problem"]["code"] == "no_secret"
    scene.add_secret()
    assert scene.api().get(scene.base).body["problem"] is None


def test_events_can_be_chosen_and_the_address_stays_verified(scene: Scene) -> None:
    scene.listen()
    answer = scene.api().put(scene.base, {"url": URL, "events": ["BIND_AWEME_USER"]})
    assert (answer.status, answer.body["status"]) == (200, "enabled")
    assert subscribed(answer.body) == ["BIND_AWEME_USER"]
    moved = scene.api().put(scene.base, {"url": f"{URL}/2"})
    assert (moved.body["status"], subscribed(moved.body)) == ("verifying", ["BIND_AWEME_USER"])


def test_what_happens_while_a_new_address_is_checked_is_not_lost(scene: Scene) -> None:
    scene.listen()
    scene.api().put(scene.base, {"url": f"{URL}/2"})
    scene.world.grant(scene.app)
    build_all()
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://10.0.0.1/"}, "webhook_url_invalid"),
        ({"url": "http://hooks.example.com/"}, "webhook_url_invalid"),
        ({"url": "https://hooks.example.com/" + "a" * 600}, "webhook_url_invalid"),
        ({"url": URL, "events": ["NO_SUCH"]}, "webhook_event_unknown"),
        ({"url": URL, "events": ["TEST"]}, "webhook_event_unknown"),
        ({"url": URL, "is_enabled": True}, "validation_failed"),
        ({"url": 1}, "validation_failed"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_stored(
    scene: Scene, body: dict[str, Any], code: str
) -> None:
    answer = scene.api().put(scene.base, body)
    assert (answer.status, answer.code) == (422, code)
    assert not WebhookEndpoint.objects.exists()


def test_what_is_wrong_with_the_url_is_said(scene: Scene) -> None:
    answer = scene.world.api(scene.developer, language="zh-hans").put(
        scene.base, {"url": "https://127.0.0.1/"}
    )
    assert answer.body["errors"] == [
        {
            "code": "url_address",
            "detail": "该地址不允许访问（如内网或保留地址）",
            "at": "url",
        }
    ]


@pytest.mark.usefixtures("_local")
def test_an_endpoint_that_answers_the_challenge_is_enabled(scene: Scene, server: Sink) -> None:
    scene.api().put(scene.base, {"url": server.url})
    scene.check()
    assert len(server.hits) == 1
    assert server.hits[0].told == {
        "event": "verify_webhook",
        "client_key": scene.app.pk,
        "content": {"challenge": server.hits[0].told["content"]["challenge"]},
    }
    body = scene.api().get(scene.base).body
    assert body["status"] == "enabled"
    assert body["verified_at"]
    assert audited("webhooks.pass_check").actor_id == "sender"


@pytest.mark.usefixtures("_local")
def test_an_endpoint_that_fails_says_why_and_can_be_checked_again(
    scene: Scene, server: Sink
) -> None:
    server.answer_headers["Server"] = "closed"
    server.answer = lambda _: (503, b"")
    scene.api().put(scene.base, {"url": server.url})
    scene.check()
    body = scene.api().get(scene.base).body
    assert (body["status"], body["problem"]["code"]) == ("failed", "refused")
    assert body["available_actions"] == ["set", "remove", "verify"]
    server.answer_headers.clear()
    assert scene.api().post(f"{scene.base}/verify").body["status"] == "verifying"
    scene.check()
    assert scene.api().get(scene.base).body["status"] == "enabled"


@pytest.mark.usefixtures("_local")
def test_a_check_that_a_new_address_overtook_says_nothing(scene: Scene, server: Sink) -> None:
    from guazai.control.webhooks import claims  # noqa: PLC0415 - it needs Django set up

    scene.api().put(scene.base, {"url": server.url})
    (late,) = claims.claim_checks()
    scene.api().put(scene.base, {"url": f"{server.url}/2"})
    claims.finish_check(late, None)
    assert scene.endpoint.status == "verifying"
    scene.check()
    assert scene.endpoint.status == "enabled"


def test_a_test_is_sent_to_an_enabled_endpoint_alone(scene: Scene) -> None:
    refused = scene.api().post(f"{scene.base}/test")
    assert (refused.status, refused.code) == (409, "webhook_not_set")
    scene.listen()
    assert scene.api().post(f"{scene.base}/test").body["waiting"] == 1
    event, content = told_by(Delivery.objects.get())
    assert (event, list(content)) == ("TEST", ["message"])
    assert scene.api().post(f"{scene.base}/disable").body["status"] == "disabled"
    refused = scene.api().post(f"{scene.base}/test")
    assert (refused.status, refused.code) == (409, "wrong_state")


def test_a_disabled_endpoint_is_told_nothing_until_it_is_enabled(scene: Scene) -> None:
    scene.add_secret()
    scene.listen()
    scene.api().post(f"{scene.base}/test")
    scene.api().post(f"{scene.base}/disable")
    scene.world.grant(scene.app)
    build_all()
    assert Delivery.objects.count() == 1
    assert scene.deliver() == []
    assert scene.api().post(f"{scene.base}/enable").body["status"] == "enabled"
    assert len(scene.deliver()) == 1


def test_removing_gives_up_what_waits(scene: Scene) -> None:
    scene.listen()
    scene.api().post(f"{scene.base}/test")
    assert scene.api().delete(scene.base).status == 204
    assert scene.api().get(scene.base).body["status"] == "none"
    assert Delivery.objects.get().status == "dead"
    assert not VisibilityTold.objects.exists()
    assert scene.api().delete(scene.base).code == "webhook_not_set"


def test_what_is_done_is_audited_without_what_may_be_secret(scene: Scene) -> None:
    scene.api().put(scene.base, {"url": f"{URL}?token=confidential"})
    event = audited("webhooks.set_endpoint")
    assert event.after["address"] == URL
    assert "confidential" not in repr((event.before, event.after))
    assert event.actor_id == scene.developer.pk


def test_outsiders_find_nothing(scene: Scene) -> None:
    scene.listen()
    scene.api().post(f"{scene.base}/test")
    delivery = Delivery.objects.get().pk
    outsider = scene.api(scene.outsider)
    for method, path in (
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/verify"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("GET", f"/deliveries/{delivery}"),
        ("POST", f"/deliveries/{delivery}/replay"),
    ):
        answer = outsider.call(method, f"{scene.base}{path}")
        assert (answer.status, answer.code) == (404, "not_found")
