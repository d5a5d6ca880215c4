"""Ends that are not the developer's: the owner's, a lapsed tie's, an expired request's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from guazai.control.binding import actions, queries
from guazai.control.directory import actions as directory
from guazai.control.directory.states import AccountType
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.kernel.errors import Problem
from guazai.control.surfaces.registry import BindingKind
from tests.binding.scene import Scene, events, in_shanghai
from tests.world import HOST

WORKER = system("worker")


def urgent_keys() -> list[tuple[str, str]]:
    return [(row.kind, row.key) for row in journal.waiting(100) if row.is_urgent]


def test_b5_the_owner_ends_a_binding_and_both_are_told(scene: Scene) -> None:
    account = scene.employee()
    binding = scene.bind(account)
    actions.end(scene.world.owner_of(account), binding)
    stored = scene.fresh(binding)
    assert (stored.status, stored.ended_by_side) == ("ended", "owner")
    assert scene.quota() == (0, 20)
    assert scene.told_entity()[-1] == scene.told_owner(account)[-1] == "binding_ended"
    assert events("binding.end", binding.pk)[0].after["ended_by_side"] == "owner"
    assert ("entry", account.pk) in urgent_keys()
    with pytest.raises(Problem) as refused:
        queries.require_active(scene.app, account, scene.surface)
    assert refused.value.code.name == "binding_not_active"
    with pytest.raises(Problem):
        actions.end(scene.world.owner_of(account), scene.fresh(binding))
    assert scene.quota() == (0, 20)


def test_b3_ties_that_hold_do_not_lapse(scene: Scene) -> None:
    scene.bind(scene.brand(), BindingKind.BRAND)
    account = scene.employee()
    scene.bind(account)
    elsewhere = scene.world.entity()
    past = clock.today() - timedelta(days=9)
    directory.upsert_employment(HOST, elsewhere.pk, account.pk, ends_on=past)
    assert queries.lapsed(100) == []


def test_b3_an_employment_lapses_the_day_after_its_last(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 23, 59), tick=False) as traveller:
        account = scene.employee(clock.today())
        binding = scene.bind(account)
        # Employed elsewhere, for longer: no tie to this entity.
        later = clock.today() + timedelta(days=99)
        directory.upsert_employment(HOST, scene.world.entity().pk, account.pk, ends_on=later)
        assert queries.lapsed(100) == []
        traveller.move_to(in_shanghai(2026, 5, 7))
        assert queries.lapsed(100) == [binding]
        actions.lapse(WORKER, queries.lapsed(100)[0])
        assert queries.lapsed(100) == []
    stored = scene.fresh(binding)
    assert (stored.status, stored.ended_by_side) == ("lapsed", "platform")
    assert scene.quota() == (0, 20)
    assert scene.told_entity()[-1] == scene.told_owner(account)[-1] == "binding_lapsed"
    assert len(events("binding.lapse", binding.pk)) == 1
    assert ("entry", account.pk) in urgent_keys()


def test_b3_a_last_day_of_its_own_ends_a_binding_before_its_tie(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 1), tick=False) as traveller:
        last_day = in_shanghai(2026, 5, 6).date()
        bound = [
            scene.bind(scene.brand(), BindingKind.BRAND, last_day),
            scene.bind(scene.employee(), ends_on=last_day),
        ]
        scene.bind(scene.employee())
        traveller.move_to(in_shanghai(2026, 5, 6, 23, 59))
        assert queries.lapsed(100) == []
        traveller.move_to(in_shanghai(2026, 5, 7))
        assert queries.lapsed(100) == bound


def test_b3_a_brand_account_that_moves_to_another_entity_lapses(scene: Scene) -> None:
    account = scene.brand()
    assert account.owner is not None
    binding = scene.bind(account, BindingKind.BRAND)
    for entity_id in (scene.world.entity().pk, None):
        directory.upsert_account(
            HOST,
            account.pk,
            nickname=account.nickname,
            account_type=AccountType.PERSONAL,
            entity_id=entity_id,
            owner_login=account.owner.login,
        )
        assert queries.lapsed(100) == [binding]


def test_b3_lapsed_ones_come_in_batches_and_requests_are_none(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        bindings = [scene.bind(scene.employee(clock.today())) for _ in range(3)]
        scene.request(scene.employee(clock.today()))
        traveller.shift(timedelta(days=1))
        assert queries.lapsed(2) == bindings[:2]
        assert queries.lapsed(9) == bindings


def test_b4_requests_expire_after_a_day_and_free_their_place(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        account = scene.employee()
        request, active = scene.request(account), scene.bind(scene.employee())
        traveller.shift(timedelta(hours=24, seconds=-1))
        late = scene.request(scene.employee())
        assert actions.expire_due(WORKER) == 0
        traveller.shift(timedelta(seconds=1))
        assert actions.expire_due(WORKER) == 1
        assert actions.expire_due(WORKER) == 0
        assert scene.fresh(late).status == "awaiting_consent"
        assert scene.fresh(active).status == "active"
        stored = scene.fresh(request)
        assert (stored.status, stored.ended_by_side) == ("expired", "platform")
        assert (scene.quota(), scene.awaiting(account)) == ((2, 20), 0)
        assert scene.told_entity()[-1] == scene.told_owner(account)[-1] == "binding_expired"
        assert len(events("binding.expire", request.pk)) == 1
        assert scene.ask(account).status == 201


def test_b4_a_request_decided_meanwhile_does_not_expire(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        request = scene.request(scene.employee())
        stale = scene.fresh(request)
        traveller.shift(timedelta(hours=24))
        actions.cancel(scene.who, request)
        assert not actions._expire(WORKER, stale)
    assert scene.fresh(request).status == "cancelled"
    assert scene.quota() == (0, 20)


def test_b4_expiry_goes_in_batches(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 6, 12), tick=False) as traveller:
        for _ in range(3):
            scene.request(scene.employee())
        traveller.shift(timedelta(hours=24))
        assert [actions.expire_due(WORKER, 2) for _ in range(3)] == [2, 1, 0]
