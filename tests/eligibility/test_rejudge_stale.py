"""A published policy takes effect by itself at its time (E2)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

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
from guazai.policy import bucket
from tests.eligibility.feeds import Feeds, yesterday
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


def staged(at: datetime, *steps: tuple[int, int]) -> dict[str, Any]:
    """The fifth rule, in stages of percent and hours after `at`."""
    stages = [
        {"percent": percent, "at": (at + timedelta(hours=hours)).isoformat()}
        for percent, hours in steps
    ]
    return {**five_rules(at), "stages": stages}


def test_e2_a_stage_judges_its_share_and_no_other(world: World) -> None:
    accounts = [judged(world) for _ in range(60)]
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(WORKER, staged(at, (10, 0), (50, 24), (100, 48)))
    for hours, percent in ((-1, 0), (0, 10), (23, 10), (24, 50), (47, 50), (48, 100)):
        with time_machine.travel(at + timedelta(hours=hours), tick=False):
            while actions.rejudge_stale(WORKER):
                pass
            for account in accounts:
                version, _, is_passed, _ = found(account)
                is_in = bucket(account.pk) < percent
                assert (version, is_passed) == ((2, False) if is_in else (1, True))


@pytest.mark.parametrize("step", [-1, 0, 1])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/Los_Angeles", "Pacific/Apia"])
def test_r16_stages_begin_on_time_whatever_the_zone_and_the_clock(
    world: World, zone: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        accounts = [judged(world) for _ in range(20)]
        at = clock.now().replace(microsecond=0) + timedelta(hours=5)
        actions.publish_policy(WORKER, staged(at, (40, 0), (100, 24)))
        moment = timedelta(microseconds=1)
        with time_machine.travel(at + timedelta(hours=step), tick=False) as moved:
            moved.move_to(at - moment)
            assert actions.rejudge_stale(WORKER) == 0
            moved.move_to(at)
            first = [account for account in accounts if bucket(account.pk) < 40]
            assert actions.rejudge_stale(WORKER) == len(first)
            moved.move_to(at + timedelta(hours=24) - moment)
            assert actions.rejudge_stale(WORKER) == 0
            moved.move_to(at + timedelta(hours=24))
            assert actions.rejudge_stale(WORKER) == len(accounts) - len(first)
            assert {found(account)[0] for account in accounts} == {2}
    finally:
        monkeypatch.undo()
        time.tzset()


def test_r16_a_clock_that_is_set_back_over_a_stage_judges_as_the_time_says(world: World) -> None:
    """And forward again: what is shown is what the time says, and each verdict moves forward."""
    account = judged(world)
    at = clock.now() + timedelta(hours=2)
    actions.publish_policy(WORKER, five_rules(at))
    seen = []
    with time_machine.travel(at, tick=False) as moved:
        for hours in (0, -1, 1):
            moved.move_to(at + timedelta(hours=hours))
            assert actions.rejudge_stale(WORKER) == 1
            seen.append(found(account)[:3])
    assert seen == [(2, 2, False), (1, 3, True), (2, 4, False)]


def test_e2_who_comes_to_the_same_verdict_is_renewed_and_not_told_of(world: World) -> None:
    accounts = [judged(world) for _ in range(5)]
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(WORKER, policy_json(at))
    OutboxKey.objects.all().delete()
    with time_machine.travel(at, tick=False):
        assert actions.rejudge_stale(WORKER) == 5
        assert {found(account)[:3] for account in accounts} == {(2, 1, True)}
        assert actions.rejudge_stale(WORKER) == 0
    assert events("eligibility.rejudge") == []
    assert verdict_keys() == []
    [event] = events("eligibility.renew")
    assert (event.subject_kind, event.subject_id, event.after) == ("policy", "2", {"accounts": 5})


def test_e2_judged_by_a_mask_waits_for_masks_under_the_new_policy(
    world: World, feeds: Feeds
) -> None:
    fed, told = world.account(), judged(world)
    feeds.run(yesterday(), {fed.pk: {}})
    actions.watch(fed)
    at = clock.now() + timedelta(hours=1)
    written = policy_json(at)
    written["rules"][0]["value"] = 1000
    actions.publish_policy(WORKER, written)
    with time_machine.travel(at, tick=False):
        assert actions.rejudge_stale(WORKER) == 1
        assert found(told)[0] == 2
        assert found(fed) == (1, 1, True, [])
        # Meanwhile an event is judged by the policy that there are masks under.
        tomorrow = clock.today()
        values = {"has_serious_violation": True}
        actions.record_facts(HOST, fed, tomorrow, values, is_event=True)
        assert found(fed)[0] == 1
        assert found(fed)[3] == ["has_serious_violation"]
        assert actions.rejudge_stale(WORKER) == 0
        directory = Path(queries.current_masks()[0].feed_path)
        feeds.adopt(feeds.evaluate(directory))
        assert actions.rejudge_stale(WORKER) == 1
        assert found(fed)[0] == 2
        assert found(fed)[3] == ["too_few_effective_followers", "has_serious_violation"]
        assert actions.rejudge_stale(WORKER) == 0


def test_e2_the_chunks_are_small_acts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(7):
        judged(world)
    monkeypatch.setattr(actions, "LOCKED_AT_ONCE", 3)
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(WORKER, policy_json(at))
    with time_machine.travel(at, tick=False):
        assert actions.rejudge_stale(WORKER) == 7
    renewed = [event.after["accounts"] for event in events("eligibility.renew")]
    assert sorted(renewed) == [1, 3, 3]
