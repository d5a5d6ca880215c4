"""`Idempotency-Key` on writes: one effect however often a request is sent (S6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from guazai.control.delivery import idempotency as delivery
from guazai.control.directory.models import Token
from guazai.control.entry.models import Deny
from guazai.control.governance import actions as governance
from guazai.control.journal.models import AuditEvent
from guazai.control.kernel import clock, idempotency
from guazai.control.kernel.models import IdempotencyKey
from tests.world import Answer, Api, World

PATH = "/operator/denies"
GLOBAL = {"scope": "global", "reason": "a fire"}


def send(api: Api, key: str = "key-1", body: Any = GLOBAL, path: str = PATH) -> Answer:
    return api.post(path, body, Idempotency_Key=key)


def effects() -> tuple[int, int]:
    """How many denies there are, and how many acts of denying."""
    return Deny.objects.count(), AuditEvent.objects.filter(verb="entry.deny").count()


@pytest.fixture
def api(world: World) -> Api:
    return world.api(world.operator())


def test_s6_a_repeat_answers_as_the_first_and_does_nothing(api: Api) -> None:
    first, second = send(api), send(api)
    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert effects() == (1, 1)


def test_s6_the_twin_without_a_key_answers_otherwise(api: Api) -> None:
    assert [api.post(PATH, GLOBAL).status for _ in range(2)] == [201, 409]


def test_s6_a_key_is_good_for_one_request(world: World, api: Api) -> None:
    first = send(api)
    others = [
        send(api, body={**GLOBAL, "reason": "another"}),
        send(api, path=f"{PATH}/{first.body['id']}/lift"),
        api.call("PUT", PATH, GLOBAL, Idempotency_Key="key-1"),
        api.post(f"{PATH}?more=1", GLOBAL, Idempotency_Key="key-1"),
    ]
    for other in others:
        assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert effects() == (1, 1)


def test_s6_keys_of_others_are_others(world: World, api: Api) -> None:
    colleague = world.api(world.operator())
    body = {**GLOBAL, "reason": "mine"}
    assert send(api).status == 201
    answer = send(colleague, body=body)
    assert (answer.status, answer.code) == (409, "already_denied")
    path = f"/host/legal-entities/{world.entity().pk}"
    renamed = {"name": "Renamed"}
    for host in (world.host_api(), world.host_api()):
        answer = host.put(path, renamed, Idempotency_Key="key-1")
        assert "Idempotency-Replayed" not in answer.headers
    assert answer.body == {"outcome": "unchanged"}


def take(key: str, who: str, locked_until: Any) -> None:
    """Let another attempt at the same request hold the key."""
    IdempotencyKey.objects.filter(principal__endswith=who, key=key).update(
        attempt="att_other",
        locked_until=locked_until,
        response_status=None,
        response_type="",
        response_body=b"",
    )


def test_s6_a_request_in_flight_is_said_to_be(world: World) -> None:
    operator = world.operator()
    api = world.api(operator)
    send(api)
    take("key-1", operator.pk, clock.now() + timedelta(seconds=5))
    for _ in range(2):
        answer = send(api)
        assert (answer.status, answer.code) == (409, "idempotency_key_in_flight")
    assert effects() == (1, 1)


class Killed(BaseException):
    """What nothing catches: an attempt that gets no answer."""


def dying(monkeypatch: pytest.MonkeyPatch, after: Callable[..., Deny]) -> None:
    """Let denying be killed after its effect, once."""

    def die(*args: Any) -> Deny:
        monkeypatch.setattr(governance, "deny", after)
        after(*args)
        raise Killed

    monkeypatch.setattr(governance, "deny", die)


def test_s6_a_killed_attempt_leaves_no_effect_and_its_key_is_taken_over(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying(monkeypatch, governance.deny)
    with time_machine.travel(clock.now(), tick=False) as moved:
        with pytest.raises(Killed):
            send(api)
        assert effects() == (0, 0)
        assert send(api).code == "idempotency_key_in_flight"
        moved.shift(delivery.LOCK + timedelta(seconds=1))
        assert send(api, body={**GLOBAL, "reason": "x"}).code == "idempotency_key_reused"
        assert send(api).status == 201
        assert send(api).headers["Idempotency-Replayed"] == "true"
    assert effects() == (1, 1)


def test_s6_the_twin_without_a_common_transaction_keeps_the_killed_effect(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying(monkeypatch, governance.deny)
    with pytest.raises(Killed):
        api.post(PATH, GLOBAL)
    assert effects() == (1, 1)


def test_s6_an_attempt_that_was_overtaken_cannot_finish(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = world.operator()
    deny = governance.deny

    def slow(*args: Any) -> Deny:
        found = deny(*args)
        take("key-1", operator.pk, clock.now() + timedelta(seconds=30))
        return found

    monkeypatch.setattr(governance, "deny", slow)
    answer = send(world.api(operator))
    assert (answer.status, answer.code) == (409, "idempotency_key_in_flight")
    assert effects() == (0, 0)


def test_s6_refusals_are_not_kept(world: World, api: Api) -> None:
    account = world.account()
    body = {"scope": "account", "target": account.pk, "reason": "x"}
    denied = api.post(PATH, body).body
    refused = send(api, body=body)
    assert (refused.status, refused.code) == (409, "already_denied")
    assert not IdempotencyKey.objects.exists()
    api.post(f"{PATH}/{denied['id']}/lift", {"reason": "settled"})
    assert send(api, body=body).status == 201


def test_s6_an_internal_error_is_not_kept(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    deny = governance.deny

    def fail(*args: Any) -> Deny:
        monkeypatch.setattr(governance, "deny", deny)
        raise RuntimeError

    monkeypatch.setattr(governance, "deny", fail)
    assert send(api).status == 500
    assert send(api).status == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "ключ", "tab\there"])
def test_s6_a_key_is_1_to_128_visible_ascii_characters(api: Api, key: str) -> None:
    answer = send(api, key)
    assert (answer.status, answer.code) == (400, "idempotency_key_invalid")
    assert effects() == (0, 0)


@pytest.mark.parametrize("key", ["x", "x" * 128, "!~:/?#[]@"])
def test_s6_any_such_key_is_taken(api: Api, key: str) -> None:
    assert send(api, key).status == 201


def test_s6_reads_and_nobodies_need_no_key(world: World, api: Api) -> None:
    assert api.get(PATH, Idempotency_Key="key-1").status == 200
    assert send(world.api()).status == 401
    assert not IdempotencyKey.objects.exists()


def test_s9_an_answer_that_holds_a_secret_is_kept_nowhere(api: Api) -> None:
    body = {"name": "host", "scopes": ["host:write"]}
    first = send(api, body=body, path="/operator/tokens")
    assert first.status == 201
    second = send(api, body=body, path="/operator/tokens")
    assert (second.status, second.code) == (409, "idempotency_answer_not_kept")
    assert Token.objects.count() == 1
    assert bytes(IdempotencyKey.objects.get().response_body) == b""


def test_s6_old_answers_are_forgotten(api: Api) -> None:
    with time_machine.travel(clock.now() - idempotency.KEPT - timedelta(minutes=1), tick=False):
        send(api, "old")
    body = {**GLOBAL, "reason": "again"}
    send(api, "new", body)
    assert idempotency.forget_old() == 1
    assert not IdempotencyKey.objects.filter(key="old").exists()
