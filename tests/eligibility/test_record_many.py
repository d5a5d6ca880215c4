"""Full records of many accounts at once (E3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.directory.actions import Outcome
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.actions import FactsLine
from guazai.control.eligibility.models import AccountFacts, Verdict
from guazai.control.journal import chain
from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from tests.eligibility.samples import events
from tests.world import HOST, PASSING, World


def record_many(*lines: tuple[str, Any, Any]) -> list[str]:
    results = actions.record_many(HOST, [FactsLine(*line) for line in lines])
    return [result.code.name if isinstance(result, Problem) else result.value for result in results]


def test_e3_refused_lines_leave_the_others_be(world: World) -> None:
    today = clock.today()
    good, late, wrong = (world.account() for _ in range(3))
    actions.record_facts(HOST, late, today, PASSING, is_event=False)
    found = record_many(
        (wrong.pk, today, {"effective_followers": "many"}),
        (late.pk, today - timedelta(days=1), PASSING),
        ("nobody", today, PASSING),
        (good.pk, today, PASSING),
        (good.pk, today + timedelta(days=1), PASSING),
        (late.pk, today, PASSING),
    )
    assert found == [
        "fact_type_wrong",
        "facts_outdated",
        "not_found",
        "created",
        "facts_in_future",
        "unchanged",
    ]
    assert queries.judgement(good).status == "passed"
    assert queries.judgement(wrong).status == "not_judged_yet"
    assert set(AccountFacts.objects.values_list("pk", flat=True)) == {late.pk, good.pk}
    assert {event.subject_id for event in events("eligibility.record_facts")} == {late.pk, good.pk}
    assert list(chain.verify()) == []


@pytest.mark.parametrize("values", [PASSING, {"no_such_fact": 1}])
def test_e3_lines_that_change_nothing_leave_no_event(world: World, values: Any) -> None:
    today, account = clock.today(), world.account()
    actions.record_facts(HOST, account, today, PASSING, is_event=False)
    record_many((account.pk, today, values))
    assert len(events("eligibility.record_facts")) == 1


def test_e3_many_lines_take_few_writes(world: World) -> None:
    """What writes lock others out of must not grow with the lines: takedowns wait for it (V3)."""
    today, accounts = clock.today(), [world.account() for _ in range(20)]
    lines = [FactsLine(account.pk, today, PASSING) for account in accounts]
    with CaptureQueriesContext(connection) as made:
        actions.record_many(HOST, lines)
    writes = [query for query in made if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(writes) <= 8


def test_e3_lines_on_one_account_apply_in_their_order(world: World) -> None:
    today, account, other = clock.today(), world.account(), world.account()
    lines = [
        (account.pk, today, {**PASSING, "effective_followers": followers})
        for followers in (1, 600, 2)
    ]
    assert record_many(*lines, (other.pk, today, PASSING)) == [
        Outcome.CREATED,
        Outcome.UPDATED,
        Outcome.UPDATED,
        Outcome.CREATED,
    ]
    facts = AccountFacts.objects.get(pk=account.pk)
    assert facts.told["effective_followers"]["value"] == 2
    assert Verdict.objects.get(pk=account.pk).revision == 3
