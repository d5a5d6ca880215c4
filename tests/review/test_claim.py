"""Claiming, holding, releasing and taking over."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from guazai.control.capability import actions as capability
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.kernel.errors import Problem
from guazai.control.review import actions, queries
from guazai.control.review.models import ReviewClaim
from tests.review.scene import Desk

MINUTE = timedelta(minutes=1)


def test_c4_a_free_item_is_claimed_for_fifteen_minutes(desk: Desk) -> None:
    application = desk.application()
    with time_machine.travel(clock.now(), tick=False):
        answer = desk.api().post(desk.path(application, "claim"))
        ends = clock.now() + 15 * MINUTE
    assert (answer.status, answer.body["claim"]["state"]) == (200, "mine")
    held = ReviewClaim.objects.get(subject_id=application.pk)
    assert (held.reviewer, held.expires_at) == (desk.reviewer.pk, ends)
    assert answer.body["available_actions"] == ["approve", "reject", "heartbeat", "release"]
    [event] = journal.search(verb="review.claim", subject_id=application.pk)
    assert event.actor_id == desk.reviewer.pk


def test_c4_an_item_in_hand_is_not_claimed_by_another(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    answer = desk.api(desk.colleague).post(desk.path(application, "claim"))
    assert (answer.status, answer.code) == (409, "already_claimed")
    held = ReviewClaim.objects.get(subject_id=application.pk)
    assert answer.body["expires_at"] == held.expires_at.isoformat()
    assert held.expires_at.astimezone(clock.SHANGHAI).strftime("%H:%M") in answer.body["detail"]
    assert held.reviewer == desk.reviewer.pk


def test_c4_claiming_again_keeps_it_and_begins_the_time_anew(desk: Desk) -> None:
    application = desk.application()
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        first = desk.claimed(application).claim
        clock_hand.shift(5 * MINUTE)
        second = desk.claimed(application).claim
    assert first is not None
    assert second is not None
    assert second.claimed_at == first.claimed_at
    assert second.expires_at == first.expires_at + 5 * MINUTE


def test_c4_a_claim_that_ended_is_free_for_others(desk: Desk) -> None:
    application = desk.application()
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        desk.claimed(application)
        clock_hand.shift(15 * MINUTE)
        item = desk.item(application)
        assert queries.claim_state(desk.other, item) == "free"
        held = actions.claim(desk.other, item).claim
        assert held is not None
        assert (held.reviewer, held.claimed_at) == (desk.colleague.pk, clock.now())
    assert not journal.search(verb="review.take_over").exists()


def test_c4_taking_over_needs_a_reason_and_is_audited(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    api, path = desk.api(desk.colleague), desk.path(application, "claim")
    answer = api.post(path, {"take_over": True})
    assert (answer.status, answer.code) == (422, "reason_required")
    answer = api.post(path, {"take_over": True, "reason": "She is ill"})
    assert (answer.status, answer.body["claim"]["state"]) == (200, "mine")
    [event] = journal.search(verb="review.take_over", subject_id=application.pk)
    assert (event.actor_id, event.reason) == (desk.colleague.pk, "She is ill")
    assert event.before["reviewer"] == desk.reviewer.pk
    assert desk.api().post(desk.path(application, "heartbeat")).code == "claim_required"


def test_c4_a_decided_item_is_not_claimed(desk: Desk) -> None:
    application = desk.application()
    item = desk.item(application)
    capability.withdraw(desk.world.actor(desk.developer), application)
    with pytest.raises(Problem) as refused:
        actions.claim(desk.who, item)
    assert (refused.value.code.name, refused.value.extra["current"]) == ("wrong_state", "withdrawn")
    assert not ReviewClaim.objects.exists()


def test_c8_an_item_of_ones_own_entity_is_not_claimed(desk: Desk) -> None:
    application = desk.application()
    answer = desk.api(desk.insider()).post(desk.path(application, "claim"))
    assert (answer.status, answer.code) == (403, "own_entity")
    assert not ReviewClaim.objects.exists()


def test_c4_a_heartbeat_holds_the_claim(desk: Desk) -> None:
    application = desk.application()
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        desk.claimed(application)
        clock_hand.shift(14 * MINUTE)
        answer = desk.api().post(desk.path(application, "heartbeat"))
        assert (answer.status, answer.body["claim"]["state"]) == (200, "mine")
        held = ReviewClaim.objects.get()
        assert held.expires_at == clock.now() + 15 * MINUTE
        clock_hand.shift(15 * MINUTE)
        assert desk.api().post(desk.path(application, "heartbeat")).code == "claim_required"


def test_c4_a_heartbeat_needs_ones_own_claim(desk: Desk) -> None:
    application = desk.application()
    path = desk.path(application, "heartbeat")
    assert desk.api().post(path).code == "claim_required"
    desk.claimed(application)
    assert desk.api(desk.colleague).post(path).code == "claim_required"


def test_c4_a_released_item_is_free(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    path = desk.path(application, "release")
    assert desk.api(desk.colleague).post(path).code == "claim_required"
    answer = desk.api().post(path)
    assert (answer.status, answer.body["claim"]["state"]) == (200, "free")
    assert answer.body["available_actions"] == ["claim"]
    assert not ReviewClaim.objects.exists()
    assert journal.search(verb="review.release", subject_id=application.pk).count() == 1
    assert desk.api().post(path).code == "claim_required"


def test_c4_one_claim_per_item_is_held_by_the_database(desk: Desk) -> None:
    application = desk.application()
    held = desk.claimed(application).claim
    assert held is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewClaim.objects.create(
            subject_kind=held.subject_kind,
            subject_id=held.subject_id,
            reviewer=desk.colleague.pk,
            claimed_at=clock.now(),
            expires_at=clock.now(),
        )


@pytest.mark.parametrize("verb", ["claim", "heartbeat", "release", "approve", "reject"])
def test_c4_only_reviewers_work_at_the_desk(desk: Desk, verb: str) -> None:
    application = desk.application()
    for person in (desk.developer, desk.world.operator(), desk.world.person()):
        answer = desk.api(person).post(desk.path(application, verb))
        assert (answer.status, answer.code) == (403, "forbidden")


def test_c4_nobody_is_asked_to_log_in(desk: Desk) -> None:
    answer = desk.world.api().post(desk.path(desk.application(), "claim"))
    assert (answer.status, answer.code) == (401, "unauthenticated")


@pytest.mark.parametrize("verb", ["claim", "heartbeat", "release", "approve", "reject"])
def test_c4_what_is_not_there_is_not_found(desk: Desk, verb: str) -> None:
    api = desk.api()
    for kind in ("capability_application", "landing_change"):
        assert api.post(f"/review/items/{kind}/nothing/{verb}").code == "not_found"
