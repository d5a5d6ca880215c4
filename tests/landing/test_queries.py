"""What other contexts ask of landing, and what the database holds by itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from guazai.control.kernel import clock
from guazai.control.landing import actions, queries
from guazai.control.landing.models import LandingChange, LandingSlot
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, Scene
from tests.world import SURFACE


def test_pending_are_the_changes_in_review(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    scene.live()
    waiting = scene.submit(OTHER_PAGE)
    with django_assert_num_queries(1):
        (found,) = queries.pending()
        assert found == waiting
        assert found.mini_program.entity == scene.entity
        assert found.account == scene.account
    assert queries.has_page(found)


def test_the_slot_comes_with_what_is_live(
    scene: Scene, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert queries.slot(scene.account.pk, SURFACE) is None
    assert queries.live_change(scene.account.pk, SURFACE) is None
    live = scene.live()
    with django_assert_num_queries(1):
        slot = queries.slot(scene.account.pk, SURFACE)
        assert slot is not None
        assert slot.live_change == live
        assert queries.has_page(slot.live_change)


def test_accounts_of_are_those_it_is_live_on(scene: Scene) -> None:
    rival = scene.rival()
    assert list(queries.accounts_of(scene.app.pk, SURFACE)) == []
    scene.live()
    assert list(queries.accounts_of(scene.app.pk, SURFACE)) == [scene.account.pk]
    assert list(queries.accounts_of(rival.pk, SURFACE)) == []
    assert queries.live_slots().count() == 1
    actions.remove(scene.who, scene.app, SURFACE, scene.account)
    assert list(queries.accounts_of(scene.app.pk, SURFACE)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "live"},
        {"status": ChangeStatus.APPROVED, "decided_at": None, "decided_by": "psn_1"},
        {"status": ChangeStatus.REJECTED, "decided_at": "now", "decided_by": ""},
        {"decided_by": "psn_1"},
        {"content_hash": "A" * 64},
        {"content_hash": "a" * 63},
    ],
)
def test_the_database_refuses_a_change_that_cannot_be(scene: Scene, fields: dict[str, Any]) -> None:
    change = scene.submit()
    fields = {name: clock.now() if value == "now" else value for name, value in fields.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        LandingChange.objects.filter(pk=change.pk).update(**fields)


def test_l3_the_database_holds_one_change_in_review(scene: Scene) -> None:
    change = scene.submit()
    change.pk = "chg_other"
    with pytest.raises(IntegrityError), transaction.atomic():
        change.save(force_insert=True)


def test_l4_the_database_holds_one_slot_and_one_place_for_a_change(scene: Scene) -> None:
    live = scene.live()
    for fields in (
        {"account": scene.account},
        {"account": scene.world.account(), "live_change": live},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            LandingSlot.objects.create(surface=SURFACE.key, changed_at=clock.now(), **fields)
