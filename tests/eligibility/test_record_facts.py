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
WRONG = {
    "effective_followers": 499,
    "is_verified_adult": False,
    "has_serious_violation": True,
    "meets_regulatory_requirements": False,
}
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
    assert AccountFacts.objects.get().told["is_verified_adult"]["value"] is None


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
    assert AccountFacts.objects.get().full_as_of == TODAY


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
    assert AccountFacts.objects.get().full_as_of == TODAY
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
        assert (judged.status, judged.is_subject) == ("passed", False)
        assert queries.outcomes(institution) == ()
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


def test_e3_a_later_day_is_known_fact_by_fact(world: World) -> None:
    account = world.account()
    record(account, YESTERDAY - timedelta(days=1), **PASSING)
    record(account, TODAY, is_event=True, has_serious_violation=True)
    # Another fact, of a day between the full record and the violation.
    assert record(account, is_event=True, effective_followers=400) is Outcome.UPDATED
    assert stored(account)[:2] == (TODAY, 2)
    assert stored(account)[3] == ["too_few_effective_followers", "has_serious_violation"]
    problem = refused(account, is_event=True, has_serious_violation=False, effective_followers=900)
    assert problem.code.name == "facts_outdated"
    assert problem.extra == {"as_of": YESTERDAY, "known": TODAY}
    assert stored(account)[:2] == (TODAY, 2)
    problem = refused(account, YESTERDAY - timedelta(days=2), is_event=True, is_verified_adult=True)
    assert problem.extra["known"] == YESTERDAY - timedelta(days=1)


def test_e3_a_violation_is_not_undone_by_the_full_record_of_an_older_day(world: World) -> None:
    account = world.account()
    record(account, YESTERDAY - timedelta(days=1), **PASSING)
    record(account, TODAY, is_event=True, has_serious_violation=True)
    assert record(account, YESTERDAY, **PASSING) is Outcome.UPDATED
    assert stored(account) == (TODAY, 2, False, ["has_serious_violation"])
    # That of the same day, told later, does.
    assert record(account, TODAY, **PASSING) is Outcome.UPDATED
    assert stored(account) == (TODAY, 3, True, [])


def test_e3_an_event_that_says_nothing_judges_nobody(world: World) -> None:
    account = world.account()
    assert record(account, is_event=True) is Outcome.UNCHANGED
    assert queries.verdict(account.pk) is None
    assert AccountFacts.objects.count() == 0
    assert record(account) is Outcome.CREATED, "an empty full record says that nothing is known"
    assert len(stored(account)[3]) == 4


class Model:
    """What is known of each fact, by its day, as somebody would keep it on paper."""

    def __init__(self) -> None:
        self.full: tuple[date, dict[str, Any]] | None = None
        self.events: dict[str, tuple[date, Any]] = {}

    def take(self, as_of: date, values: dict[str, Any], *, is_event: bool) -> bool:
        """Whether it is news; false where it is outdated."""
        days = [self.full[0]] if self.full else []
        if is_event:
            days += [self.events[name][0] for name in values if name in self.events]
        if any(day > as_of for day in days):
            return False
        if is_event:
            self.events |= {name: (as_of, value) for name, value in values.items()}
        else:
            self.full = (as_of, values)
            self.events = {n: told for n, told in self.events.items() if told[0] > as_of}
        return True

    @property
    def passes(self) -> bool:
        known = {**(self.full[1] if self.full else {})}
        known |= {name: value for name, (_, value) in self.events.items()}
        return all(known.get(name) == value for name, value in PASSING.items())


def test_e3_verdicts_only_move_forward_whatever_arrives(world: World, rng: random.Random) -> None:
    account, model = world.account(), Model()
    seen = (date.min, 0)
    for _ in range(300):
        as_of = TODAY - timedelta(days=rng.randrange(6))
        is_event = rng.random() < 0.7
        names = [name for name in PASSING if not is_event or rng.random() < 0.4]
        values = {
            name: PASSING[name] if rng.random() < 0.9 else rng.choice([None, WRONG[name]])
            for name in names
        }
        if not model.take(as_of, values, is_event=is_event):
            assert refused(account, as_of, is_event=is_event, **values).code.name == (
                "facts_outdated"
            )
            assert stored(account)[:2] == seen
            continue
        outcome = record(account, as_of, is_event=is_event, **values)
        if (found := queries.verdict(account.pk)) is None:
            assert not values
            continue
        now = (found.as_of, found.revision)
        assert now == seen if outcome is Outcome.UNCHANGED else now > seen
        assert found.is_passed is model.passes
        # An event that tells nothing changes nothing, not the day either.
        assert not values or found.as_of >= as_of
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
