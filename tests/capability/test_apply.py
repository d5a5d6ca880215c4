"""Applying: conditions, one at a time, the due day (C1, C2, C3)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import IntegrityError, transaction

from guazai.control.capability import actions, queries
from guazai.control.capability.models import CapabilityApplication
from guazai.control.journal.models import AuditEvent
from guazai.control.kernel.actor import Scope
from guazai.control.kernel.errors import Problem
from tests.capability.scene import GOOD, SURFACE, WHY, Scene, event
from tests.world import World

BODY = {"apply_reason": WHY}


def test_c1_the_page_shows_conditions_with_actual_values_first(scene: Scene) -> None:
    scene.sync(is_online=False, credit_score=59)
    answer = scene.api(scene.owner).get(scene.base)
    assert answer.status == 200
    assert answer.body["status"] == "cannot_apply"
    seen = [tuple(condition.values()) for condition in answer.body["conditions"]]
    assert seen == [
        ("mini_program_online", "The mini program is online", True, False, False),
        ("credit_score", "The mini program's credit score is ≥ 60", 60, 59, False),
    ]
    assert answer.body["available_actions"] == []


def test_c1_met_conditions_offer_to_apply(scene: Scene) -> None:
    scene.sync(credit_score=60)
    answer = scene.api(scene.owner).get(scene.base)
    assert answer.body["status"] == "can_apply"
    assert all(condition["is_met"] for condition in answer.body["conditions"])
    assert answer.body["available_actions"] == ["apply"]


@pytest.mark.parametrize(
    ("facts", "unmet"),
    [
        ({"is_online": False}, [("mini_program_online", True, False)]),
        ({"credit_score": 59}, [("credit_score", 60, 59)]),
        (
            {"is_online": False, "credit_score": 0},
            [("mini_program_online", True, False), ("credit_score", 60, 0)],
        ),
    ],
)
def test_c1_unmet_conditions_refuse_and_store_nothing(
    scene: Scene, facts: dict[str, int], unmet: list[tuple[str, int, int]]
) -> None:
    scene.sync(**facts)
    events = AuditEvent.objects.count()
    answer = scene.api(scene.owner).post(f"{scene.base}/applications", BODY)
    assert (answer.status, answer.code) == (422, "conditions_unmet")
    assert [(e["key"], e["required"], e["actual"]) for e in answer.body["errors"]] == unmet
    assert not CapabilityApplication.objects.exists()
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("industry", ["retail", "games", "", "anything"])
def test_c2_every_category_may_apply(scene: Scene, industry: str) -> None:
    scene.sync(industry=industry)
    assert scene.applied().status == "in_review"


def test_c3_success_says_so_and_gives_the_due_day(scene: Scene) -> None:
    # Monday the 29th in Shanghai; 1 to 8 October are off: 30 September, 9 and 10 October count.
    with time_machine.travel(datetime(2025, 9, 28, 20, tzinfo=UTC), tick=False):
        answer = scene.api(scene.owner).post(f"{scene.base}/applications", BODY)
    assert answer.status == 201
    assert answer.body["status"] == "in_review"
    assert answer.body["due_on"] == "2025-10-10"
    assert answer.body["due_is_estimated"] is False
    assert "2025-10-10" in answer.body["message"]
    assert answer.body["available_actions"] == ["withdraw"]
    kept = event("capability.apply", answer.body["id"])
    assert (kept.actor_id, kept.after["due_on"]) == (scene.owner.pk, "2025-10-10")
    assert "submitted_by" not in answer.body


def test_c3_a_year_without_a_calendar_is_estimated(scene: Scene) -> None:
    with time_machine.travel(datetime(2031, 3, 3, 4, tzinfo=UTC), tick=False):
        application = scene.applied()
    assert (application.due_on, application.due_is_estimated) == (date(2031, 3, 6), True)


def test_c3_one_application_at_a_time(scene: Scene) -> None:
    first = scene.applied()
    answer = scene.api(scene.teammate).post(f"{scene.base}/applications", BODY)
    assert (answer.status, answer.code) == (409, "already_in_review")
    assert [found.pk for found in queries.pending()] == [first.pk]


def test_c6_at_most_five_applications_in_a_day(scene: Scene) -> None:
    with time_machine.travel(datetime(2026, 5, 6, 15, 59, tzinfo=UTC), tick=False) as traveller:
        for _ in range(5):
            actions.withdraw(scene.who, scene.applied())
        answer = scene.api(scene.owner).post(f"{scene.base}/applications", BODY)
        assert (answer.status, answer.code) == (409, "application_limit_reached")
        assert answer.body["next_at"] == "2026-05-07T00:00:00+08:00"
        assert CapabilityApplication.objects.count() == 5
        other = scene.world.mini_program(scene.entity)
        actions.apply(scene.who, other, SURFACE, WHY)
        traveller.shift(60)
        assert scene.applied().status == "in_review"


def test_c3_one_in_review_is_held_by_the_database(scene: Scene) -> None:
    first = scene.applied()
    fields = {
        field.attname: getattr(first, field.attname)
        for field in CapabilityApplication._meta.concrete_fields
        if not field.primary_key
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        CapabilityApplication.objects.create(**fields)


def test_c3_an_approval_that_came_first_refuses_the_application(scene: Scene) -> None:
    scene.granted()
    answer = scene.api(scene.owner).post(f"{scene.base}/applications", BODY)
    assert (answer.status, answer.code) == (409, "already_granted")
    assert not queries.pending().exists()


def test_c7_a_revoked_capability_is_not_applied_for_again(scene: Scene) -> None:
    scene.granted()
    actions.revoke(scene.platform, scene.app, SURFACE, "abuse")
    answer = scene.api(scene.owner).post(f"{scene.base}/applications", BODY)
    assert (answer.status, answer.code) == (409, "capability_revoked")
    assert scene.api(scene.owner).get(scene.base).body["available_actions"] == []


def test_c1_the_conditions_are_kept_as_they_were(scene: Scene) -> None:
    application = scene.applied()
    scene.sync(credit_score=12)
    latest = scene.api(scene.owner).get(scene.base).body
    assert [c["actual"] for c in latest["conditions"]] == [True, 12]
    kept = latest["latest_application"]["conditions"]
    assert [c["actual"] for c in kept] == [True, 80]
    assert queries.conditions_of(application)[1].is_met


def test_c1_a_foreign_mini_program_is_not_found(scene: Scene) -> None:
    api = scene.api(scene.outsider)
    assert api.get(scene.base).code == "not_found"
    assert api.post(f"{scene.base}/applications", BODY).code == "not_found"
    assert not CapabilityApplication.objects.exists()


def test_s1_a_surface_that_is_not_declared_is_not_found(scene: Scene) -> None:
    api = scene.api(scene.owner)
    path = f"/mini-programs/{scene.app.pk}/surfaces/no_such/capability"
    assert api.get(path).code == "not_found"
    assert api.post(f"{path}/applications", BODY).code == "not_found"


def test_c1_a_token_applies_for_its_mini_program_only(world: World, scene: Scene) -> None:
    api = world.api(token=world.developer_token(scene.app))
    foreign = world.mini_program(scene.entity)
    path = f"/mini-programs/{foreign.pk}/surfaces/{SURFACE.key}/capability/applications"
    assert api.post(path, BODY).code == "not_found"
    assert api.post(f"{scene.base}/applications", BODY).status == 201


def test_c1_a_reading_token_does_not_apply(world: World, scene: Scene) -> None:
    api = world.api(token=world.developer_token(scene.app, Scope.DEVELOPER_READ))
    assert api.get(scene.base).status == 200
    assert api.post(f"{scene.base}/applications", BODY).code == "forbidden"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_c1_a_reason_is_required_and_bounded(scene: Scene, reason: str) -> None:
    answer = scene.api(scene.owner).post(f"{scene.base}/applications", {"apply_reason": reason})
    assert answer.code == "validation_failed"


def test_b7_others_ask_whether_it_is_granted(scene: Scene) -> None:
    with pytest.raises(Problem) as refused:
        queries.require_granted(scene.app, SURFACE)
    assert refused.value.code.name == "capability_not_granted"
    actions.approve(scene.judge, scene.applied(), GOOD)
    queries.require_granted(scene.app, SURFACE)
    assert queries.is_granted(scene.app.pk, SURFACE)
