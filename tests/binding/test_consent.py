"""The owner's consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from guazai.control.binding import actions, queries
from guazai.control.binding.actions import IssuedCode
from guazai.control.binding.models import Binding, BindingCode
from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount
from guazai.control.directory.states import AccountType
from guazai.control.kernel import clock
from guazai.control.kernel.actor import ActorKind
from guazai.control.kernel.errors import Problem
from guazai.control.surfaces.registry import BindingKind
from tests.binding.scene import Scene, events, in_shanghai
from tests.world import HOST, Answer


def asked(scene: Scene) -> tuple[DouyinAccount, Binding, IssuedCode]:
    account = scene.employee()
    request = scene.request(account)
    return account, request, actions.issue_code(scene.who, request)


def wrong(code: IssuedCode) -> str:
    return f"{(int(code.match_number) + 1) % 100:02}"


def post(scene: Scene, account: DouyinAccount, code: IssuedCode, number: str) -> Answer:
    return scene.world.api(account.owner).post(
        f"/owner/consent/{code.raw}", {"match_number": number}
    )


def test_b5_the_page_names_who_asks_and_what_is_granted(scene: Scene) -> None:
    account, _, code = asked(scene)
    answer = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
    assert answer.status == 200
    assert answer.body["app"] == {
        "app_id": scene.app.pk,
        "name": scene.app.name,
        "icon_url": scene.app.icon_url,
        "entity_id": scene.entity.pk,
        "entity_name": scene.entity.name,
    }
    assert answer.body["account"]["aweme_id"] == account.pk
    assert answer.body["kind"] == "employee"
    assert len(answer.body["granted"]) == 2
    assert answer.body["ends_on"] == (clock.today() + timedelta(days=30)).isoformat()
    assert answer.body["code_expires_at"] < answer.body["expires_at"]
    assert answer.body["available_actions"] == ["consent", "refuse", "block"]
    assert "match_number" not in answer.body


def test_b5_a_brand_account_is_bound_without_an_end(scene: Scene) -> None:
    account = scene.brand()
    code = actions.issue_code(scene.who, scene.request(account, BindingKind.BRAND))
    answer = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
    assert answer.body["ends_on"] is None


@pytest.mark.parametrize(("own", "expected"), [(9, 9), (30, 30), (31, 30)])
def test_b3_the_page_names_the_earlier_of_two_last_days(
    scene: Scene, own: int, expected: int
) -> None:
    account = scene.employee()
    request = scene.request(account, ends_on=clock.today() + timedelta(days=own))
    code = actions.issue_code(scene.who, request)
    answer = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
    assert answer.body["ends_on"] == (clock.today() + timedelta(days=expected)).isoformat()


def test_b3_a_last_day_that_is_over_stops_the_consent(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 23, 59), tick=False) as traveller:
        account = scene.employee()
        request = scene.request(account, ends_on=clock.today())
        code = actions.issue_code(scene.who, request)
        traveller.shift(timedelta(minutes=1))
        answer = post(scene, account, code, code.match_number)
    assert (answer.status, answer.code) == (422, "binding_ends_in_past")
    assert scene.fresh(request).status == "awaiting_consent"


def test_b5_consent_makes_the_binding_active_and_tells_both(scene: Scene) -> None:
    account, request, code = asked(scene)
    answer = post(scene, account, code, code.match_number)
    assert answer.status == 200
    assert answer.body["status"] == "active"
    assert answer.body["available_actions"] == ["end", "block"]
    assert queries.active(scene.app.pk, account.pk, scene.surface) == request
    assert scene.fresh(request).consented_by == scene.world.owner_of(account).id
    assert (scene.quota(), scene.awaiting(account)) == ((1, 20), 0)
    assert scene.told_entity() == ["binding_consented"]
    assert scene.told_owner(account) == ["binding_requested", "binding_consented"]
    (event,) = events("binding.consent", request.pk)
    assert (event.before, event.after) == ({"status": "awaiting_consent"}, {"status": "active"})


def test_b5_only_the_named_accounts_owner_finds_the_code(scene: Scene) -> None:
    account, request, code = asked(scene)
    another_owner = scene.world.account().owner
    nobody = scene.world.person()
    answers = []
    for person in (scene.developer, scene.teammate, scene.outsider, another_owner, nobody):
        api = scene.world.api(person)
        answers.append(api.get(f"/owner/consent/{code.raw}"))
        body = {"match_number": code.match_number}
        answers.append(api.post(f"/owner/consent/{code.raw}", body))
        answers.append(api.post("/owner/consent/unknown", body))
    assert {(answer.status, answer.code) for answer in answers} == {(404, "consent_code_invalid")}
    assert len({str(answer.body) for answer in answers}) == 1
    assert scene.fresh(request).status == "awaiting_consent"
    assert post(scene, account, code, code.match_number).status == 200


def test_b5_machines_never_consent(scene: Scene) -> None:
    account, request, code = asked(scene)
    token = scene.world.developer_token(scene.app)
    body = {"match_number": code.match_number}
    for api in (scene.world.api(token=token), scene.world.host_api()):
        assert api.post(f"/owner/consent/{code.raw}", body).status == 401
    machine = replace(scene.world.owner_of(account), kind=ActorKind.MACHINE)
    with pytest.raises(Problem) as refused:
        actions.consent(machine, code.raw, code.match_number)
    assert refused.value.code.name == "consent_code_invalid"
    assert scene.fresh(request).status == "awaiting_consent"


def test_b5_somebody_who_is_not_logged_in_is_asked_to(scene: Scene) -> None:
    _, _, code = asked(scene)
    for method, path in (("GET", code.raw), ("POST", code.raw), ("GET", "unknown")):
        answer = scene.world.api().call(method, f"/owner/consent/{path}", {"match_number": "00"})
        assert (answer.status, answer.code) == (401, "unauthenticated")


def test_b5_a_code_is_used_once(scene: Scene) -> None:
    account, request, code = asked(scene)
    assert post(scene, account, code, code.match_number).status == 200
    replay = post(scene, account, code, code.match_number)
    assert (replay.status, replay.code) == (404, "consent_code_invalid")
    read = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
    assert (read.status, read.code) == (404, "consent_code_invalid")
    assert len(events("binding.consent", request.pk)) == 1


def test_b5_of_two_that_read_the_same_code_one_spends_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, request, code = asked(scene)
    owner = scene.world.owner_of(account)
    read = queries.usable_code(owner, code.raw)
    assert actions.consent(owner, code.raw, code.match_number) == request
    monkeypatch.setattr(queries, "usable_code", lambda *_: read)
    with pytest.raises(Problem) as refused:
        actions.consent(owner, code.raw, code.match_number)
    assert refused.value.code.name == "consent_code_invalid"
    assert scene.awaiting(account) == 0


def test_b5_a_code_issued_meanwhile_is_not_spent_by_the_old_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, request, code = asked(scene)
    owner = scene.world.owner_of(account)
    read = queries.usable_code(owner, code.raw)
    new = actions.issue_code(scene.who, request)
    with monkeypatch.context() as patched:
        patched.setattr(queries, "usable_code", lambda *_: read)
        with pytest.raises(Problem) as refused:
            actions.consent(owner, code.raw, code.match_number)
    assert refused.value.code.name == "consent_code_invalid"
    assert actions.consent(owner, new.raw, new.match_number).status == "active"


def test_b5_an_expired_code_says_so_to_the_owner_alone(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        account, request, code = asked(scene)
        traveller.shift(timedelta(seconds=120))
        answer = post(scene, account, code, code.match_number)
        assert (answer.status, answer.code) == (410, "consent_code_expired")
        read = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
        assert (read.status, read.code) == (410, "consent_code_expired")
        other = scene.world.api(scene.developer).get(f"/owner/consent/{code.raw}")
        assert (other.status, other.code) == (404, "consent_code_invalid")
        assert scene.fresh(request).status == "awaiting_consent"


def test_b5_a_wrong_number_ends_the_code(scene: Scene) -> None:
    account, request, code = asked(scene)
    answer = post(scene, account, code, wrong(code))
    assert (answer.status, answer.code) == (409, "consent_number_wrong")
    assert len(events("binding.fail_match", request.pk)) == 1
    right = post(scene, account, code, code.match_number)
    assert (right.status, right.code) == (404, "consent_code_invalid")
    assert scene.fresh(request).status == "awaiting_consent"
    new = actions.issue_code(scene.who, request)
    assert post(scene, account, new, new.match_number).status == 200


@pytest.mark.parametrize("number", ["", "1", "123", "ab", "1x", " 7"])
def test_b5_what_is_no_number_spends_nothing(scene: Scene, number: str) -> None:
    account, _, code = asked(scene)
    assert post(scene, account, code, number).code == "validation_failed"
    assert post(scene, account, code, code.match_number).status == 200


def test_b5_an_expired_request_is_not_consented_to(scene: Scene) -> None:
    account, request, code = asked(scene)
    now = clock.now()
    Binding.objects.filter(pk=request.pk).update(expires_at=now)
    read = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
    assert read.body["available_actions"] == ["refuse", "block"]
    answer = post(scene, account, code, code.match_number)
    assert (answer.status, answer.code) == (409, "binding_request_expired")
    assert BindingCode.objects.get().used_at is None
    assert scene.awaiting(account) == 1


def test_b5_a_cancelled_request_says_so_to_the_owner(scene: Scene) -> None:
    account, request, code = asked(scene)
    actions.cancel(scene.who, request)
    read = scene.world.api(account.owner).get(f"/owner/consent/{code.raw}")
    assert (read.body["status"], read.body["available_actions"]) == ("cancelled", ["block"])
    answer = post(scene, account, code, code.match_number)
    assert (answer.status, answer.code, answer.body["current"]) == (409, "wrong_state", "cancelled")


def test_b7_a_capability_revoked_meanwhile_stops_the_consent(scene: Scene) -> None:
    account, request, code = asked(scene)
    capability.revoke(scene.world.actor(scene.operator), scene.app, scene.surface, "abuse")
    assert post(scene, account, code, code.match_number).code == "capability_not_granted"
    assert scene.fresh(request).status == "awaiting_consent"
    assert (scene.quota(), scene.awaiting(account)) == ((1, 20), 1)


def test_b3_a_tie_lost_meanwhile_stops_the_consent(scene: Scene) -> None:
    account, request, code = asked(scene)
    yesterday = clock.today() - timedelta(days=1)
    directory.upsert_employment(HOST, scene.entity.pk, account.pk, ends_on=yesterday)
    assert post(scene, account, code, code.match_number).code == "account_not_tied"
    assert scene.fresh(request).status == "awaiting_consent"


def test_b5_an_account_that_changed_hands_asks_its_new_owner(scene: Scene) -> None:
    account, _, code = asked(scene)
    before, after = account.owner, scene.world.person()
    directory.upsert_account(
        HOST,
        account.pk,
        nickname=account.nickname,
        account_type=AccountType.PERSONAL,
        owner_login=after.login,
    )
    body = {"match_number": code.match_number}
    path = f"/owner/consent/{code.raw}"
    assert scene.world.api(before).post(path, body).code == "consent_code_invalid"
    assert scene.world.api(after).post(path, body).status == 200
