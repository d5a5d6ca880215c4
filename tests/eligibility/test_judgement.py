"""How an account stands, rule by rule, and the texts of E4."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.eligibility import actions, queries
from guazai.control.kernel import clock
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
