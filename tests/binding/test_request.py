"""Asking an account's owner for a binding."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from guazai.control.binding import actions
from guazai.control.binding.models import Binding
from guazai.control.binding.states import BindingStatus
from guazai.control.capability import actions as capability
from guazai.control.directory import actions as directory
from guazai.control.directory.states import AccountType
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Scope
from guazai.control.kernel.errors import Problem
from guazai.control.surfaces.registry import BindingKind
from tests.binding.scene import Scene, events, in_shanghai
from tests.world import HOST

EMPLOYEE = BindingKind.EMPLOYEE


def test_b5_a_request_awaits_consent_for_a_day(scene: Scene) -> None:
    account = scene.employee()
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False):
        answer = scene.ask(account)
    assert answer.status == 201
    assert answer.body["status"] == "awaiting_consent"
    assert answer.body["account"] == {
        "aweme_id": account.pk,
        "nickname": account.nickname,
        "avatar_url": "",
        "account_type": "personal",
    }
    assert answer.body["expires_at"].startswith("2026-05-07T04:00:00")
    assert answer.body["available_actions"] == ["issue_code", "cancel"]
    assert scene.told_owner(account) == ["binding_requested"]
    assert scene.told_entity() == []
    (event,) = events("binding.request", answer.body["id"])
    assert event.actor_id == scene.developer.pk
    assert event.after == {
        "status": "awaiting_consent",
        "app_id": scene.app.pk,
        "aweme_id": account.pk,
        "surface": "profile_mount",
        "kind": "employee",
        "ends_on": None,
    }


def test_b5_the_owner_reads_who_asks_and_until_when(scene: Scene) -> None:
    account = scene.brand()
    with time_machine.travel(in_shanghai(2026, 5, 6, 12, 30), tick=False):
        scene.request(account, BindingKind.BRAND)
    (message,) = scene.world.api(account.owner).get("/owner/inbox").body["items"]
    assert message["text"] == (
        f"Mini program “{scene.app.name}” ({scene.entity.name}) asks to bind account"
        f" “{account.nickname}”. Please decide before 2026-05-07 12:30."
    )


def test_b5_a_teammate_and_a_machine_may_ask_and_an_outsider_may_not(scene: Scene) -> None:
    body = {"aweme_id": scene.employee().pk, "kind": "employee"}
    answer = scene.world.api(scene.outsider).post(scene.path, body)
    assert (answer.status, answer.code) == (404, "not_found")
    assert scene.world.api(scene.teammate).post(scene.path, body).status == 201
    body = {"aweme_id": scene.employee().pk, "kind": "employee"}
    reading = scene.world.developer_token(scene.app, Scope.DEVELOPER_READ)
    assert scene.world.api(token=reading).post(scene.path, body).status == 403
    writing = scene.world.developer_token(scene.app)
    assert scene.world.api(token=writing).post(scene.path, body).status == 201


def test_b1_cooperation_is_not_supported(scene: Scene) -> None:
    answer = scene.ask(scene.brand(), "cooperation")
    assert (answer.status, answer.code) == (422, "cooperation_not_supported")
    assert not Binding.objects.exists()


@pytest.mark.parametrize("account_type", [AccountType.PERSONAL, AccountType.INSTITUTION])
def test_b2_personal_and_institution_accounts_can_be_bound(
    scene: Scene, account_type: AccountType
) -> None:
    assert scene.ask(scene.brand(account_type), "brand").status == 201


def test_b2_an_enterprise_account_is_sent_to_support(scene: Scene) -> None:
    answer = scene.ask(scene.brand(AccountType.ENTERPRISE), "brand")
    assert (answer.status, answer.code) == (422, "enterprise_needs_support")
    assert "contact enterprise-account support" in answer.body["detail"]
    assert not Binding.objects.exists()


def test_b3_a_brand_account_belongs_to_the_entity(scene: Scene) -> None:
    for account in (scene.world.account(scene.world.entity()), scene.world.account()):
        answer = scene.ask(account, "brand")
        assert (answer.status, answer.code) == (422, "account_not_tied")
    assert scene.ask(scene.brand(), "brand").status == 201


def test_b3_employment_holds_up_to_and_including_its_last_day(scene: Scene) -> None:
    account = scene.employee(in_shanghai(2026, 5, 6).date())
    with time_machine.travel(in_shanghai(2026, 5, 7, 0, 0), tick=False):
        answer = scene.ask(account)
        assert (answer.status, answer.code) == (422, "account_not_tied")
    with time_machine.travel(in_shanghai(2026, 5, 6, 23, 59), tick=False):
        assert scene.ask(account).status == 201


def test_b3_a_last_day_of_its_own_is_today_or_later(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 23, 59), tick=False):
        body = {"aweme_id": scene.employee().pk, "kind": "employee", "ends_on": "2026-05-05"}
        api = scene.world.api(scene.developer)
        answer = api.post(scene.path, body)
        assert (answer.status, answer.code) == (422, "binding_ends_in_past")
        assert not Binding.objects.exists()
        answer = api.post(scene.path, {**body, "ends_on": "2026-05-06"})
        assert (answer.status, answer.body["ends_on"]) == (201, "2026-05-06")
    (event,) = events("binding.request", Binding.objects.get().pk)
    assert event.after["ends_on"] == "2026-05-06"


def test_b3_employment_elsewhere_is_no_tie(scene: Scene) -> None:
    account = scene.world.account()
    directory.upsert_employment(
        HOST, scene.world.entity().pk, account.pk, ends_on=clock.today() + timedelta(days=9)
    )
    assert scene.ask(account).code == "account_not_tied"


def test_b3_an_unknown_account_is_named(scene: Scene) -> None:
    body = {"aweme_id": "nobody", "kind": "brand"}
    answer = scene.world.api(scene.developer).post(scene.path, body)
    assert (answer.status, answer.code) == (422, "account_not_found")


def test_b7_binding_needs_the_granted_capability(scene: Scene) -> None:
    account = scene.employee()
    operator = scene.world.actor(scene.operator)
    capability.revoke(operator, scene.app, scene.surface, "abuse")
    answer = scene.ask(account)
    assert (answer.status, answer.code) == (409, "capability_not_granted")
    capability.restore(operator, scene.app, scene.surface, "mended")
    assert scene.ask(account).status == 201


def test_b4_requests_awaiting_consent_count_toward_their_kind_alone(scene: Scene) -> None:
    scene.request(scene.brand(), BindingKind.BRAND)
    answer = scene.ask(scene.brand(), "brand")
    assert (answer.status, answer.code) == (409, "quota_reached")
    assert (answer.body["used"], answer.body["quota"]) == (1, 1)
    assert scene.quota(BindingKind.BRAND) == (1, 1)
    assert scene.ask(scene.employee()).status == 201
    assert Binding.objects.count() == 2


def test_b4_a_refused_request_leaves_nothing_behind(scene: Scene) -> None:
    actions.set_quota(scene.who, scene.app, scene.surface, EMPLOYEE, 0, "none for a test")
    account = scene.employee()
    assert scene.ask(account).code == "quota_reached"
    assert not Binding.objects.exists()
    assert scene.awaiting(account) == 0
    assert scene.told_owner(account) == []


def test_b4_one_open_binding_per_account(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    answer = scene.ask(account)
    assert (answer.status, answer.code) == (409, "binding_in_progress")
    assert answer.body["binding"] == request.pk
    code = actions.issue_code(scene.who, request)
    actions.consent(scene.world.owner_of(account), code.raw, code.match_number)
    answer = scene.ask(account)
    assert (answer.status, answer.code) == (409, "already_bound")
    assert scene.quota() == (1, 20)


def test_b5_at_most_three_requests_await_one_account(scene: Scene) -> None:
    account = scene.employee()
    others = [scene.granted_app(scene.entity) for _ in range(3)]
    for app in others:
        scene.request(account, app=app)
    answer = scene.ask(account)
    assert (answer.status, answer.code) == (409, "too_many_open_requests")
    assert scene.awaiting(account) == 3
    assert scene.quota() == (0, 20)
    code = actions.issue_code(scene.who, Binding.objects.get(mini_program=others[0]))
    actions.consent(scene.world.owner_of(account), code.raw, code.match_number)
    assert scene.awaiting(account) == 2
    assert scene.ask(account).status == 201


def test_b5_after_a_refusal_the_same_mini_program_waits_a_day(scene: Scene) -> None:
    account = scene.employee()
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        owner = scene.world.owner_of(account)
        actions.refuse(owner, scene.request(account))
        traveller.shift(timedelta(hours=23, minutes=59))
        answer = scene.ask(account)
        assert (answer.status, answer.code) == (409, "cooling_down")
        assert answer.body["next_at"] == "2026-05-07T04:00:00+00:00"
        scene.request(account, app=scene.granted_app(scene.entity))
        traveller.shift(timedelta(minutes=1))
        assert scene.ask(account).status == 201


def test_b5_a_blocked_mini_program_cannot_ask(scene: Scene) -> None:
    account = scene.employee()
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        actions.block(scene.world.owner_of(account), scene.request(account))
        traveller.shift(timedelta(days=30))
        answer = scene.ask(account)
        assert (answer.status, answer.code) == (409, "blocked_by_owner")
        scene.request(account, app=scene.granted_app(scene.entity))


def test_b4_a_kind_that_is_full_says_so_to_actions_as_well(scene: Scene) -> None:
    scene.bind(scene.brand(), BindingKind.BRAND)
    with pytest.raises(Problem) as refused:
        scene.request(scene.brand(), BindingKind.BRAND)
    assert refused.value.extra == {"kind": BindingKind.BRAND, "used": 1, "quota": 1}
    assert Binding.objects.filter(status=BindingStatus.ACTIVE).count() == 1


def test_s2_foreign_and_absent_surfaces_and_mini_programs_are_not_found(scene: Scene) -> None:
    body = {"aweme_id": scene.employee().pk, "kind": "employee"}
    api = scene.world.api(scene.developer)
    foreign = scene.world.mini_program().pk
    for app_id, surface in ((foreign, "profile_mount"), ("none", "profile_mount"), ("x", "y")):
        answer = api.post(f"/mini-programs/{app_id}/surfaces/{surface}/bindings", body)
        assert (answer.status, answer.code) == (404, "not_found")
