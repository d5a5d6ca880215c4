"""A published policy takes effect by itself at its time (E2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from guazai.control.directory import actions as directory
from guazai.control.directory.models import DouyinAccount
from guazai.control.directory.states import AccountType
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.models import Verdict
from guazai.control.journal.models import OutboxKey
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from tests.eligibility.samples import events, five_rules, policy_json, verdict_keys
from tests.world import HOST, PASSING, World

WORKER = system("worker")


def judged(world: World, **values: object) -> DouyinAccount:
    account = world.account()
    actions.record_facts(HOST, account, clock.today(), {**PASSING, **values}, is_event=False)
    return account


def found(account: DouyinAccount) -> tuple[int, int, bool, list[str]]:
    verdict = queries.verdict(account.pk)
    assert verdict is not None
    return verdict.policy_version_id, verdict.revision, verdict.is_passed, verdict.failed


def change_type(account: DouyinAccount, account_type: AccountType) -> None:
    assert account.owner is not None
    directory.upsert_account(
        HOST,
        account.pk,
        nickname=account.nickname,
        account_type=account_type,
        owner_login=account.owner.login,
    )


def test_e2_nothing_is_judged_again_before_its_time(world: World) -> None:
    account = judged(world)
    actions.publish_policy(HOST, five_rules())
    assert actions.rejudge_stale(WORKER) == 0
    assert found(account) == (1, 1, True, [])
    assert events("eligibility.rejudge") == []


def test_e2_a_policy_takes_effect_at_its_time(world: World) -> None:
    account = judged(world)
    as_of = clock.today()
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(HOST, five_rules(at))
    OutboxKey.objects.all().delete()
    with time_machine.travel(at, tick=False):
        # Until the verdict has followed, the judgement is what the edge was told.
        assert queries.judgement(account).status == "passed"
        assert actions.rejudge_stale(WORKER) == 1
        assert found(account) == (2, 2, False, ["account_too_young"])
        assert Verdict.objects.get().as_of == as_of
        assert verdict_keys() == [(account.pk, True)]
        [event] = events("eligibility.rejudge")
        assert (event.subject_id, event.actor_id) == (account.pk, "worker")
        assert event.before["is_passed"] is True
        assert event.after == {
            "policy_version": 2,
            "as_of": as_of.isoformat(),
            "revision": 2,
            "is_passed": False,
            "failed": ["account_too_young"],
        }
        assert actions.rejudge_stale(WORKER) == 0


def test_e2_a_looser_policy_shows_again(world: World) -> None:
    account = judged(world, effective_followers=100)
    at = clock.now() + timedelta(hours=1)
    written = policy_json(at)
    written["rules"][0]["value"] = 100
    actions.publish_policy(HOST, written)
    OutboxKey.objects.all().delete()
    with time_machine.travel(at, tick=False):
        assert actions.rejudge_stale(WORKER) == 1
        assert found(account) == (2, 2, True, [])
        assert verdict_keys() == [(account.pk, False)]


def test_e2_it_goes_on_in_batches_until_none_is_stale(world: World) -> None:
    accounts = [judged(world) for _ in range(5)]
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(HOST, five_rules(at))
    with time_machine.travel(at, tick=False):
        assert [actions.rejudge_stale(WORKER, limit=2) for _ in range(4)] == [2, 2, 1, 0]
        assert {found(account)[:3] for account in accounts} == {(2, 2, False)}


def test_e2_a_verdict_renewed_meanwhile_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = judged(world)
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(HOST, five_rules(at))
    with time_machine.travel(at, tick=False):
        assert actions.rejudge_stale(WORKER) == 1
        # As a second worker that found the account stale before the first one had renewed it.
        monkeypatch.setattr(queries, "stale_verdicts", lambda _: iter([Verdict.objects.all()]))
        assert actions.rejudge_stale(WORKER) == 0
        assert found(account)[1] == 2


def test_e1_another_account_type_is_judged_again_where_the_policy_names_types(
    world: World,
) -> None:
    account, still = judged(world, effective_followers=1), judged(world)
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(HOST, {**policy_json(at), "account_types": ["personal"]})
    with time_machine.travel(at, tick=False):
        assert actions.rejudge_stale(WORKER) == 2
        change_type(account, AccountType.INSTITUTION)
        assert actions.rejudge_stale(WORKER) == 1
        assert found(account) == (2, 2, True, [])
        assert found(still)[1] == 1
        change_type(account, AccountType.PERSONAL)
        assert actions.rejudge_stale(WORKER) == 1
        assert found(account) == (2, 3, False, ["too_few_effective_followers"])
        assert actions.rejudge_stale(WORKER) == 0


def test_e1_another_account_type_changes_nothing_under_a_policy_over_all(world: World) -> None:
    account = judged(world)
    change_type(account, AccountType.INSTITUTION)
    assert actions.rejudge_stale(WORKER) == 0
    assert found(account)[1] == 1


def test_e2_without_a_policy_in_force_nothing_is_judged(world: World) -> None:
    judged(world)
    with time_machine.travel("2024-08-14T15:59:59Z", tick=False):
        assert actions.rejudge_stale(WORKER) == 0
