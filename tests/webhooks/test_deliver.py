"""What is delivered: signed, once each by its Msg-Id, again after growing gaps, and replayed."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.conf import settings as django_settings

from guazai.control.inbox import queries as inbox
from guazai.control.inbox.states import RecipientKind
from guazai.control.kernel import clock
from guazai.control.openapi import queries as openapi
from guazai.control.openapi.actions import credentials
from guazai.control.webhooks import actions, claims, sending
from guazai.control.webhooks.models import Delivery, DeliveryAttempt
from guazai.control.webhooks.states import Failure
from tests.webhooks.scene import audited

if TYPE_CHECKING:
    from tests.webhooks.scene import Scene
    from tests.webhooks.sink import Sink


@pytest.fixture
def ready(scene: Scene, server: Sink) -> Scene:
    """A scene whose endpoint is the sink, with one event that waits."""
    scene.add_secret()
    scene.listen(server.url)
    scene.api().post(f"{scene.base}/test")
    return scene


def sha1(secret: str, body: bytes) -> str:
    return hashlib.sha1(secret.encode() + body).hexdigest()


def one(scene: Scene) -> Any:
    """The delivery as the API has it."""
    return scene.api().get(f"{scene.base}/deliveries").body["items"][0]


def test_an_event_is_delivered_and_signed(ready: Scene, server: Sink) -> None:
    ready.deliver()
    (hit,) = server.hits
    made = Delivery.objects.get()
    assert hit.headers["Msg-Id"] == made.pk
    assert hit.headers["Content-Type"] == "application/json"
    assert hit.headers["User-Agent"].startswith("Guazai/")
    assert hit.headers["X-Douyin-Signature"] == sha1(ready.secrets[0], hit.body)
    assert "X-Guazai-Signature-Next" not in hit.headers
    assert hit.body == made.body.encode()
    assert (made.status, made.attempts) == ("delivered", 1)
    assert ready.endpoint.last_success_at is not None
    assert ready.deliver() == []


def test_during_a_rotation_both_secrets_sign(ready: Scene, server: Sink) -> None:
    newer = ready.add_secret()
    ready.deliver()
    (hit,) = server.hits
    assert hit.headers["X-Douyin-Signature"] == sha1(ready.secrets[0], hit.body)
    assert hit.headers["X-Guazai-Signature-Next"] == sha1(newer, hit.body)
    detail = ready.api().get(f"{ready.base}/deliveries/{Delivery.objects.get().pk}")
    assert detail.body["signature_header_names"] == [
        "X-Douyin-Signature",
        "X-Guazai-Signature-Next",
    ]


def test_without_a_secret_nothing_is_sent(ready: Scene, server: Sink) -> None:
    credential = openapi.credential_of(ready.app)
    for secret in openapi.live_secrets(credential):
        credentials.end_secret(ready.who, secret)
    (job,) = claims.claim({}, 10)
    assert job.secrets == ()
    assert ready.api().get(ready.base).body["problem"]["code"] == "no_secret"


def test_what_fails_is_tried_again_after_growing_gaps_and_is_dead_then(
    ready: Scene, server: Sink
) -> None:
    server.answer = lambda _: (500, b"no")
    now = clock.now()
    waits = []
    with time_machine.travel(now, tick=False) as moved:
        for gap in (*django_settings.CONFIG.gaps, None):
            assert len(ready.deliver()) == 1
            made = Delivery.objects.get()
            if gap is None:
                break
            assert made.next_attempt_at is not None
            wait = (made.next_attempt_at - clock.now()).total_seconds()
            assert 0.9 * gap <= wait <= 1.1 * gap
            waits.append(wait)
            moved.move_to(made.next_attempt_at - timedelta(seconds=0.01))
            assert ready.deliver() == []
            moved.move_to(made.next_attempt_at)
        assert (made.status, made.attempts, made.next_attempt_at) == ("dead", 11, None)
        assert ready.deliver() == []
    assert waits == sorted(waits)
    assert len({hit.headers["Msg-Id"] for hit in server.hits}) == 1
    assert len({hit.body for hit in server.hits}) == 1


def test_what_came_of_each_attempt_is_kept(ready: Scene, server: Sink) -> None:
    server.answer = lambda _: (503, "忙\0".encode() + b"x" * 5000)
    ready.deliver()
    shown = one(ready)
    assert shown["status"] == "waiting"
    assert shown["last_answer"]["http_status"] == 503
    assert shown["last_answer"]["error"] == "refused"
    detail = ready.api().get(f"{ready.base}/deliveries/{shown['id']}").body
    (attempt,) = detail["attempts_log"]
    assert attempt["answer"].startswith("忙\ufffdx")
    assert len(attempt["answer"].encode()) <= sending.KEPT_BYTES + 4
    assert detail["body"] == Delivery.objects.get().body


@pytest.mark.parametrize(
    ("status", "error"), [(200, ""), (204, ""), (299, ""), (302, "redirected"), (404, "refused")]
)
def test_2xx_alone_is_taken(ready: Scene, server: Sink, status: int, error: str) -> None:
    server.answer = lambda _: (status, b"")
    ready.deliver()
    assert one(ready)["last_answer"]["error"] == error


def test_an_endpoint_that_is_gone_is_a_failure(ready: Scene) -> None:
    ready.listen("http://127.0.0.1:9/")
    ready.deliver()
    assert one(ready)["last_answer"] == {
        "http_status": None,
        "error": "not_connected",
        "error_text": "The server cannot be connected to",
    }


def test_an_endpoint_that_hangs_is_waited_for_no_longer_than_the_deadline(
    ready: Scene, server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "DEADLINE_SECONDS", 0.3)
    server.answer = server.hang
    (done,) = ready.deliver()
    assert 300 <= done.answer.ms < 2000
    assert one(ready)["last_answer"]["error"] == "timed_out"


def test_a_replay_has_the_same_message_id(ready: Scene, server: Sink) -> None:
    ready.deliver()
    delivery = one(ready)
    assert delivery["available_actions"] == ["replay"]
    answer = ready.api().post(f"{ready.base}/deliveries/{delivery['id']}/replay")
    assert (answer.status, answer.body["status"]) == (200, "waiting")
    again = ready.api().post(f"{ready.base}/deliveries/{delivery['id']}/replay")
    assert (again.status, again.code) == (409, "wrong_state")
    ready.deliver()
    assert [hit.headers["Msg-Id"] for hit in server.hits] == [delivery["id"]] * 2
    assert Delivery.objects.get().attempts == 2


def test_an_endpoint_that_took_nothing_for_five_days_is_disabled_and_its_owner_told(
    ready: Scene, server: Sink
) -> None:
    server.answer = lambda _: (500, b"")
    now = clock.now()
    with time_machine.travel(now, tick=False) as moved:
        ready.deliver()
        assert ready.endpoint.failing_since == now
        moved.move_to(now + timedelta(days=5, seconds=-1))
        assert claims.disable_silent() == 0
        moved.move_to(now + timedelta(days=5))
        assert claims.disable_silent() == 1
        body = ready.api().get(ready.base).body
        assert (body["status"], body["problem"]["code"]) == ("disabled", "silent")
        assert (body["waiting"], body["dead"]) == (0, 1)
        told = inbox.messages(RecipientKind.LEGAL_ENTITY, [ready.entity.pk])
        assert [each.kind for each in told] == ["webhook_disabled"]
        assert audited("webhooks.disable").after["given_up"] == 1
        # Enabled and replayed, all of it comes back.
        server.answer = lambda _: (200, b"")
        api = ready.api()
        assert api.post(f"{ready.base}/enable").body["available_actions"][-1] == "replay"
        assert api.post(f"{ready.base}/replay", {"status": "dead"}).body == {"replayed": 1}
        ready.deliver()
    assert Delivery.objects.get().status == "delivered"
    assert ready.endpoint.failing_since is None


def test_a_success_ends_the_silence(ready: Scene, server: Sink) -> None:
    server.answer = lambda _: (500, b"")
    ready.deliver()
    server.answer = lambda _: (200, b"")
    ready.api().post(f"{ready.base}/test")
    ready.deliver()
    assert ready.endpoint.failing_since is None


def test_who_was_overtaken_changes_nothing(ready: Scene) -> None:
    (late,) = claims.claim({}, 10)
    with time_machine.travel(clock.now() + claims.LEASE, tick=False):
        (job,) = claims.claim({}, 10)
        failed = sending.Answer(1, 500, Failure.REFUSED)
        claims.record([claims.Done(late, clock.now(), failed)])
        made = Delivery.objects.get()
        assert (made.attempt, made.attempts) == (job.attempt, 0)
        # What was taken is taken, whoever brought it.
        claims.record([claims.Done(late, clock.now(), sending.Answer(1, 200))])
        assert Delivery.objects.get().status == "delivered"
        claims.record([claims.Done(job, clock.now(), failed)])
        assert Delivery.objects.get().status == "delivered"


def test_each_endpoint_gets_few_places_and_the_least_served_first(scene: Scene) -> None:
    from tests.webhooks.scene import Scene as AnyScene  # noqa: PLC0415 - it needs Django set up

    other = AnyScene(scene.world)
    for each in (scene, other):
        each.listen()
        for _ in range(10):
            actions.test(each.who, each.app)
    taken = claims.claim({scene.app.pk: 3}, 100)
    counts = {app: sum(job.app_id == app for job in taken) for app in (scene.app.pk, other.app.pk)}
    assert counts == {scene.app.pk: 1, other.app.pk: claims.PER_ENDPOINT}
    first = claims.claim({}, 1, served=(other.app.pk, scene.app.pk))
    assert [job.app_id for job in first] == [other.app.pk]


def test_old_deliveries_are_forgotten_with_their_attempts(ready: Scene) -> None:
    ready.deliver()
    with time_machine.travel(clock.now() + timedelta(days=29), tick=False):
        assert actions.forget_old() == 0
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert actions.forget_old() == 1
    assert not DeliveryAttempt.objects.exists()


def test_deliveries_are_found_by_event_and_status(ready: Scene) -> None:
    ready.deliver()
    ready.api().post(f"{ready.base}/test")
    for query, count in (
        ("", 2),
        ("?status=delivered", 1),
        ("?status=waiting", 1),
        ("?status=dead", 0),
        ("?event=TEST", 2),
        ("?event=APPLY_CAPACITY", 0),
        ("?limit=1", 1),
    ):
        assert len(ready.api().get(f"{ready.base}/deliveries{query}").body["items"]) == count
    assert ready.api().get(f"{ready.base}/deliveries?event=NO").status == 422
