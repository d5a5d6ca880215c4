"""Statuses change by one conditional UPDATE: of two racing people one wins, and the other is told.

The twin guards in memory and then saves; both of its racers win.
"""

from __future__ import annotations

import pytest
from django.db.models import Q

from guazai.control.entry import actions
from guazai.control.entry.models import Deny
from guazai.control.entry.states import DENY_TRANSITIONS
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.kernel.errors import NOT_FOUND, WRONG_STATE, Problem
from guazai.control.kernel.transitions import Table, move, step, verbs
from guazai.feed.records import Scope
from tests.world import World

TABLE: Table = {
    "approve": step("in_review", "approved"),
    "withdraw": step(("in_review", "approved"), "withdrawn"),
}


def lift(found: Deny, by: str) -> None:
    move(found, DENY_TRANSITIONS, "lift", lifted_by=by, lifted_at=clock.now())


def check_then_save(found: Deny, by: str) -> None:
    """The twin: what it checks is what it read earlier."""
    if found.status not in DENY_TRANSITIONS["lift"].sources:
        raise WRONG_STATE(current=found.status)
    found.status, found.lifted_by, found.lifted_at = "lifted", by, clock.now()
    found.save()


def two_readers(world: World) -> tuple[Deny, Deny]:
    made = actions.deny(system("test"), Scope.ACCOUNT, world.account().pk, "a reason")
    return Deny.objects.get(pk=made.pk), Deny.objects.get(pk=made.pk)


def test_of_two_racing_people_one_wins_and_the_other_is_told_the_state(world: World) -> None:
    first, second = two_readers(world)
    lift(first, "psn_1")
    with pytest.raises(Problem) as refused:
        lift(second, "psn_2")
    assert refused.value.code is WRONG_STATE
    assert refused.value.extra == {"current": "lifted", "verb": "lift", "allowed_from": ["active"]}
    assert Deny.objects.get().lifted_by == "psn_1"


def test_the_twin_that_checks_in_memory_lets_both_win(world: World) -> None:
    first, second = two_readers(world)
    check_then_save(first, "psn_1")
    check_then_save(second, "psn_2")
    assert Deny.objects.get().lifted_by == "psn_2"


def test_a_move_refreshes_the_object_in_memory(world: World) -> None:
    found, _ = two_readers(world)
    lift(found, "psn_1")
    assert (found.status, found.lifted_by) == ("lifted", "psn_1")


def test_a_move_may_be_narrowed_further(world: World) -> None:
    found, _ = two_readers(world)
    with pytest.raises(Problem) as refused:
        move(found, DENY_TRANSITIONS, "lift", where=Q(created_by="somebody else"))
    assert (refused.value.code, found.status) == (WRONG_STATE, "active")
    assert Deny.objects.get().status == "active"


def test_what_is_gone_is_not_found(world: World) -> None:
    found, again = two_readers(world)
    again.delete()
    with pytest.raises(Problem) as refused:
        lift(found, "psn_1")
    assert refused.value.code is NOT_FOUND


def test_the_answer_to_a_wrong_state_names_the_current_one(world: World) -> None:
    found, _ = two_readers(world)
    api = world.api(world.operator())
    path = f"/operator/denies/{found.pk}/lift"
    assert api.post(path, {"reason": "settled"}).status == 200
    answer = api.post(path, {"reason": "settled"})
    assert (answer.status, answer.code) == (409, "wrong_state")
    assert (answer.body["current"], answer.body["allowed_from"]) == ("lifted", ["active"])


def test_verbs_are_those_that_the_status_allows_in_the_tables_order() -> None:
    assert verbs(TABLE, "in_review") == ["approve", "withdraw"]
    assert verbs(TABLE, "approved") == ["withdraw"]
    assert verbs(TABLE, "withdrawn") == []
