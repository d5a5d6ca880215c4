"""How an account stands, rule by rule, and the texts of E4."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.eligibility import actions, queries
from guazai.control.kernel import clock
from tests.eligibility.feeds import Feeds, yesterday
from tests.world import HOST, PASSING, World


def test_e3_an_account_never_seen_is_not_judged_yet(world: World) -> None:
    account = world.account()
    judged = queries.judgement(account)
    assert queries.outcomes(account) == ()
    assert (judged.status, judged.as_of, judged.policy) == ("not_judged_yet", None, None)


def test_e5_outcomes_name_rule_value_threshold_and_how_to_mend_it(world: World) -> None:
    account = world.account()
    values = {**PASSING, "effective_followers": 499, "is_verified_adult": None}
    actions.record_facts(HOST, account, clock.today(), values, is_event=False)
    judged = queries.judgement(account)
    assert (judged.status, judged.as_of) == ("failed", clock.today())
    outcomes = queries.outcomes(account)
    assert [each.met for each in outcomes] == [False, False, True, True]
    assert {(each.as_of, each.is_available) for each in outcomes} == {(clock.today(), True)}
    followers, adult, violation, _ = outcomes
    assert (followers.fact, followers.op) == ("effective_followers", "gte")
    assert (followers.value, followers.threshold) == (499, 500)
    assert followers.reason == "too_few_effective_followers"
    assert followers.label.zh == "有效粉丝数(T+1)≥500"
    assert "500" in followers.how_to_fix.en
    assert (adult.value, adult.threshold) == (None, None)
    assert violation.value is False


def test_e5_values_are_looked_up_in_the_feed_each_with_its_day(world: World, feeds: Feeds) -> None:
    account, day = world.account(), yesterday()
    actions.watch(account)
    feeds.run(day, {account.pk: {"effective_followers": 12_345, "is_verified_adult": None}})
    actions.record_facts(
        HOST, account, clock.today(), {"has_serious_violation": True}, is_event=True
    )
    judged = queries.judgement(account)
    assert (judged.status, judged.as_of) == ("failed", day)
    found = [(e.value, e.as_of, e.met, e.is_available) for e in queries.outcomes(account)]
    assert found == [
        (12_345, day, True, True),
        (None, day, False, True),
        (True, clock.today(), False, True),
        (True, day, True, True),
    ]


@pytest.mark.parametrize("loss", ["gone", "replaced", "damaged"])
def test_e5_where_the_feed_is_gone_met_is_still_known(
    world: World, feeds: Feeds, loss: str
) -> None:
    account = world.account()
    actions.watch(account)
    feeds.run(yesterday(), {account.pk: {"effective_followers": 1}})
    actions.record_facts(HOST, account, clock.today(), {"is_verified_adult": False}, is_event=True)
    [masks] = queries.current_masks()
    directory = Path(masks.feed_path)
    if loss == "gone":
        shutil.rmtree(directory)
    elif loss == "damaged":
        (directory / "part-00000.parquet").write_bytes(b"PAR1 not really")
    else:
        other = feeds.deliver(yesterday(), {account.pk: {"effective_followers": 700}})
        shutil.rmtree(directory)
        shutil.copytree(other, directory)
    found = [(e.value, e.as_of, e.met, e.is_available) for e in queries.outcomes(account)]
    assert found == [
        (None, None, False, False),
        (False, clock.today(), False, True),
        (None, None, True, False),
        (None, None, True, False),
    ]
    assert queries.judgement(account).status == "failed"


def test_e5_a_feed_that_is_ahead_of_the_verdict_shows_no_value_that_contradicts_it(
    world: World, feeds: Feeds
) -> None:
    account = world.account()
    actions.watch(account)
    day = yesterday() - timedelta(days=1)
    feeds.run(day, {account.pk: {"effective_followers": 1}})
    adopted = feeds.evaluate(feeds.deliver(yesterday(), {account.pk: {}}))
    feeds.adopt(adopted)
    followers = queries.outcomes(account)[0]
    assert (followers.value, followers.met, followers.is_available) == (None, False, False)
    feeds.apply(feeds.plan(adopted), yesterday())
    followers = queries.outcomes(account)[0]
    assert (followers.value, followers.met, followers.is_available) == (500, True, True)


def test_e3_a_list_and_a_judgement_read_no_files(world: World, feeds: Feeds) -> None:
    account = world.account()
    actions.watch(account)
    feeds.run(yesterday(), {account.pk: {"effective_followers": 1}})
    shutil.rmtree(feeds.root)
    assert queries.statuses([account]) == {account.pk: "failed"}
    assert queries.judgement(account).status == "failed"


def test_e3_who_passes_is_counted(world: World, feeds: Feeds) -> None:
    for followers in (1, 500, 700):
        world.pass_rules(world.account(), effective_followers=followers)
    assert queries.passing_count() == 2


def test_e3_who_was_told_of_until_a_day_is_found(world: World) -> None:
    today = clock.today()
    old, both, new = world.account(), world.account(), world.account()
    for account, days in ((old, [3]), (both, [2, 0]), (new, [0])):
        for age, name in zip(days, ("effective_followers", "is_verified_adult"), strict=False):
            day = today - timedelta(days=age)
            actions.record_facts(HOST, account, day, {name: PASSING[name]}, is_event=True)
    assert set(queries.told_until(today - timedelta(days=1))) == {old.pk, both.pk}
    assert set(queries.told_until(today - timedelta(days=3))) == {old.pk}
    assert set(queries.told_until(today)) == {old.pk, both.pk, new.pk} == set(queries.watched())


def test_r11_accounts_with_a_verdict_are_listed(world: World) -> None:
    accounts = [world.account() for _ in range(3)]
    for account in accounts[1:]:
        actions.record_facts(HOST, account, clock.today(), PASSING, is_event=False)
    assert set(queries.judged()) == {account.pk for account in accounts[1:]}


@pytest.mark.parametrize("count", [1, 2, 20])
def test_l5_many_accounts_take_one_query(world: World, count: int) -> None:
    accounts = [world.account() for _ in range(count)]
    for account in accounts[1:]:
        actions.record_facts(HOST, account, clock.today(), PASSING, is_event=False)
    with CaptureQueriesContext(connection) as made:
        found = queries.statuses(accounts)
    assert len(made) == 1
    assert [found[account.pk] for account in accounts] == [
        "not_judged_yet",
        *["passed"] * (count - 1),
    ]


def test_e4_the_texts_are_those_of_the_source_page() -> None:
    assert queries.HIDDEN_TITLE.zh == "该账号暂不展示挂载入口"
    assert queries.HIDDEN_TEXT.zh == (
        "该账号暂不满足《抖音经营规范》,故无法在「抖音APP-个人页」展示挂载入口"
    )
    assert queries.HIDDEN_TITLE.en
    assert queries.HIDDEN_TEXT.en
