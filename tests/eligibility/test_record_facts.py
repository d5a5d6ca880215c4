"""Storing facts, and the verdict that follows at once (E3)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from guazai.control.directory.actions import Outcome
from guazai.control.directory.models import DouyinAccount
from guazai.control.directory.states import AccountType
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.models import AccountFacts, PolicyVersion, Verdict
from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from tests.eligibility.samples import events, five_rules, verdict_keys
from tests.world import HOST, PASSING, World

TODAY = date(2026, 3, 10)
YESTERDAY = TODAY - timedelta(days=1)
#: 07:59 in Shanghai: there it is TODAY already, in UTC it is not.
NOW = datetime(2026, 3, 9, 23, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def record(
    account: DouyinAccount, as_of: date = YESTERDAY, *, is_event: bool = False, **values: Any
) -> Outcome:
    return actions.record_facts(HOST, account, as_of, values, is_event=is_event)


def stored(account: DouyinAccount) -> tuple[date, int, bool, list[str]]:
    found = queries.verdict(account.pk)
    assert found is not None
    return found.as_of, found.revision, found.is_passed, found.failed


def refused(account: DouyinAccount, *args: Any, **values: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        record(account, *args, **values)
    return caught.value


def test_e3_facts_are_judged_at_once(world: World) -> None:
    account = world.account()
    assert record(account, **PASSING) is Outcome.CREATED
    assert stored(account) == (YESTERDAY, 1, True, [])
    [event] = events("eligibility.record_facts")
    assert (event.subject_kind, event.subject_id) == ("account", account.pk)
    assert event.before == {}
    assert event.after == {
        "is_event": False,
        "changed_facts": sorted(PASSING),
        "policy_version": 1,
        "as_of": "2026-03-09",
        "revision": 1,
        "is_passed": True,
        "failed": [],
    }
    assert (account.pk, False) in verdict_keys()


@pytest.mark.parametrize(
    ("fact", "value", "reason"),
    [
        ("effective_followers", 499, "too_few_effective_followers"),
        ("is_verified_adult", False, "not_verified_adult"),
        ("has_serious_violation", True, "has_serious_violation"),
        ("meets_regulatory_requirements", False, "regulatory_requirements_not_met"),
    ],
)
def test_e1_each_unmet_rule_fails_the_account(
    world: World, fact: str, value: Any, reason: str
) -> None:
    account = world.account()
    record(account, **{**PASSING, fact: value})
    assert stored(account) == (YESTERDAY, 1, False, [reason])
    assert (account.pk, True) in verdict_keys()
    # Whoever reads the log learns which facts changed, not what they are (S9).
    assert events("eligibility.record_facts")[0].after["changed_facts"] == sorted(PASSING)


@pytest.mark.parametrize("fact", sorted(PASSING))
@pytest.mark.parametrize("is_given", [True, False])
def test_e3_a_fact_that_is_null_or_absent_is_not_met(
    world: World, fact: str, *, is_given: bool
) -> None:
    account = world.account()
    values = {**PASSING, fact: None}
    if not is_given:
        del values[fact]
    record(account, **values)
    [reason] = stored(account)[3]
    assert reason in {
        "too_few_effective_followers",
        "not_verified_adult",
        "has_serious_violation",
        "regulatory_requirements_not_met",
    }


def test_e3_a_full_record_forgets_what_it_leaves_out(world: World) -> None:
    account = world.account()
    record(account, **PASSING)
    record(account, TODAY, effective_followers=9000)
    assert len(stored(account)[3]) == 3


def test_e3_an_event_lays_over_what_is_known(world: World) -> None:
    account = world.account()
    record(account, **PASSING)
    assert record(account, TODAY, is_event=True, has_serious_violation=True) is Outcome.UPDATED
    assert stored(account) == (TODAY, 1, False, ["has_serious_violation"])
    [event] = [each for each in events("eligibility.record_facts") if each.after["is_event"]]
    assert event.before["is_passed"] is True
    assert event.after["changed_facts"] == ["has_serious_violation"]
    assert verdict_keys()[-1] == (account.pk, True)


def test_e3_an_event_can_make_a_fact_unknown(world: World) -> None:
    account = world.account()
    record(account, **PASSING)
    record(account, is_event=True, is_verified_adult=None)
    assert stored(account) == (YESTERDAY, 2, False, ["not_verified_adult"])
    assert "is_verified_adult" not in AccountFacts.objects.get().values


def test_e3_an_event_may_be_the_first_that_is_known(world: World) -> None:
    account = world.account()
    assert record(account, is_event=True, effective_followers=800) is Outcome.CREATED
    assert stored(account)[2] is False


def test_e4_it_passes_again_by_itself(world: World) -> None:
    account = world.account()
    record(account, **{**PASSING, "effective_followers": 499})
    record(account, TODAY, **PASSING)
    assert stored(account) == (TODAY, 1, True, [])
    assert verdict_keys()[-1] == (account.pk, False)


def test_e3_revisions_count_within_a_day_and_start_again_with_the_next(world: World) -> None:
    account = world.account()
    for followers in (1, 2, 3):
        record(account, **{**PASSING, "effective_followers": followers})
    assert stored(account)[:2] == (YESTERDAY, 3)
    record(account, TODAY, **PASSING)
    assert stored(account)[:2] == (TODAY, 1)
    facts = AccountFacts.objects.get()
    assert (facts.as_of, facts.revision) == (TODAY, 1)


@pytest.mark.parametrize("is_event", [True, False])
def test_e3_what_is_known_already_changes_nothing(world: World, *, is_event: bool) -> None:
    account = world.account()
    record(account, **PASSING)
    before, told = stored(account), verdict_keys()
    assert record(account, is_event=is_event, **PASSING) is Outcome.UNCHANGED
    assert record(account, is_event=True) is Outcome.UNCHANGED
    assert (stored(account), verdict_keys()) == (before, told)
    assert len(events("eligibility.record_facts")) == 1


def test_e3_null_and_absent_are_the_same(world: World) -> None:
    account = world.account()
    record(account, effective_followers=5)
    assert record(account, effective_followers=5, is_verified_adult=None) is Outcome.UNCHANGED


def test_e3_the_same_values_of_a_later_day_are_news(world: World) -> None:
    account = world.account()
    record(account, **PASSING)
    assert record(account, TODAY, **PASSING) is Outcome.UPDATED
    assert stored(account)[:2] == (TODAY, 1)


@pytest.mark.parametrize("is_event", [True, False])
def test_e3_an_older_day_is_refused_and_changes_nothing(world: World, *, is_event: bool) -> None:
    account = world.account()
    record(account, TODAY, **PASSING)
    before = stored(account)
    problem = refused(account, YESTERDAY, is_event=is_event, has_serious_violation=True)
    assert problem.code.name == "facts_outdated"
    assert problem.extra == {"as_of": YESTERDAY, "known": TODAY}
    assert stored(account) == before
    assert AccountFacts.objects.get().values == PASSING
    assert len(events("eligibility.record_facts")) == 1


def test_e3_days_to_come_are_refused_and_today_is_shanghais(world: World) -> None:
    account = world.account()
    assert clock.now().date() == YESTERDAY, "the point of this instant: UTC is a day behind"
    problem = refused(account, TODAY + timedelta(days=1), **PASSING)
    assert problem.code.name == "facts_in_future"
    assert queries.verdict(account.pk) is None
    assert record(account, TODAY, **PASSING) is Outcome.CREATED


def test_e3_every_unknown_fact_is_named(world: World) -> None:
    account = world.account()
    problem = refused(account, **PASSING, age=17, real_name="x")
    assert problem.code.name == "unknown_fact"
    assert [error.at for error in problem.errors] == ["facts.age", "facts.real_name"]
    assert queries.verdict(account.pk) is None
    assert events("eligibility.record_facts") == []


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("effective_followers", True),
        ("effective_followers", 500.0),
        ("effective_followers", "500"),
        ("effective_followers", -1),
        ("effective_followers", 2**63),
        ("effective_followers", float("nan")),
        ("is_verified_adult", 1),
        ("is_verified_adult", "true"),
        ("has_serious_violation", 0),
    ],
)
def test_e3_a_value_of_another_type_is_refused(world: World, fact: str, value: Any) -> None:
    account = world.account()
    problem = refused(account, **{**PASSING, fact: value})
    assert problem.code.name == "fact_type_wrong"
    assert [error.at for error in problem.errors] == [f"facts.{fact}"]
    assert queries.verdict(account.pk) is None


@pytest.mark.parametrize(
    "value", ["a\x00b", "\ud800", "x" * 257, float("inf"), [1], {"a": 1}, 10**400]
)
@pytest.mark.parametrize("kind", ["str", "float"])
def test_e3_values_that_no_database_keeps_are_refused(world: World, kind: str, value: Any) -> None:
    written = five_rules()
    written["facts"]["extra"] = kind
    actions.publish_policy(HOST, written)
    assert refused(world.account(), extra=value).code.name == "fact_type_wrong"


def test_e3_facts_of_a_scheduled_policy_are_taken_ahead_of_it(world: World) -> None:
    account = world.account()
    assert refused(account, days_since_registration=3).code.name == "unknown_fact"
    actions.publish_policy(HOST, five_rules())
    record(account, **PASSING, days_since_registration=3)
    assert stored(account)[2] is True


def test_e1_an_account_type_that_the_policy_does_not_name_passes(world: World) -> None:
    at = clock.now() + timedelta(hours=1)
    actions.publish_policy(HOST, {**five_rules(at), "account_types": ["personal"]})
    with time_machine.travel(at, tick=False):
        institution = world.account(account_type=AccountType.INSTITUTION)
        record(institution, effective_followers=0)
        personal = world.account()
        record(personal, effective_followers=0)
        assert stored(institution)[2:] == (True, [])
        assert stored(personal)[2] is False
        judged = queries.judgement(institution)
        assert (judged.status, judged.is_subject, judged.outcomes) == ("passed", False, ())
        assert queries.judgement(personal).is_subject is True


def test_e2_without_a_policy_in_force_facts_are_refused(world: World) -> None:
    account = world.account()
    with time_machine.travel(datetime(2024, 8, 14, 15, 59, 59, tzinfo=UTC), tick=False):
        problem = refused(account, date(2024, 8, 14), **PASSING)
        assert problem.code.name == "no_policy_in_force"
        assert queries.judgement(account).status == "not_judged_yet"
    with time_machine.travel(datetime(2024, 8, 14, 16, 0, 0, tzinfo=UTC), tick=False):
        record(account, date(2024, 8, 14), **PASSING)
        assert queries.judgement(account).status == "passed"


def test_e3_verdicts_only_move_forward_whatever_arrives(world: World, rng: random.Random) -> None:
    account = world.account()
    seen = (date.min, 0)
    for _ in range(150):
        as_of = TODAY - timedelta(days=rng.randrange(6))
        values = {**PASSING, "effective_followers": rng.choice([499, 500, None])}
        is_event = rng.random() < 0.5
        if as_of < seen[0]:
            problem = refused(account, as_of, is_event=is_event, **values)
            assert problem.code.name == "facts_outdated"
            assert stored(account)[:2] == seen
            continue
        outcome = record(account, as_of, is_event=is_event, **values)
        now = stored(account)[:2]
        assert now == seen if outcome is Outcome.UNCHANGED else now > seen
        assert now[0] == as_of
        assert stored(account)[2] is (values["effective_followers"] == 500)
        seen = now


@pytest.mark.parametrize(("is_passed", "failed"), [(True, ["x"]), (False, [])])
def test_e4_a_verdict_fails_exactly_for_a_reason(
    world: World, *, is_passed: bool, failed: list[str]
) -> None:
    account = world.account()
    record(account, **PASSING)
    with pytest.raises(IntegrityError, match="verdict_fails_for_a_reason"), transaction.atomic():
        Verdict.objects.update(is_passed=is_passed, failed=failed)


def test_e2_a_policy_with_verdicts_cannot_be_deleted(world: World) -> None:
    record(world.account(), **PASSING)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.all().delete()
