"""The developer's unbinding, and its monthly limit."""

from __future__ import annotations

import pytest
import time_machine

from guazai.control.binding import actions, queries
from guazai.control.binding.models import Binding
from guazai.control.journal import queries as journal
from guazai.control.kernel.errors import Problem
from tests.binding.scene import Scene, events, in_shanghai


def bound(scene: Scene, count: int) -> list[Binding]:
    return [scene.bind(scene.employee()) for _ in range(count)]


def test_b6_unbinding_frees_the_place_counts_and_touches_the_entry(scene: Scene) -> None:
    (binding,) = bound(scene, 1)
    actions.unbind(scene.who, binding)
    stored = scene.fresh(binding)
    assert (stored.status, stored.ended_by_side) == ("ended", "developer")
    assert scene.quota() == (0, 20)
    assert queries.active(scene.app.pk, binding.account_id, scene.surface) is None
    assert queries.unbinds(scene.app, scene.surface).used == 1
    assert scene.told_owner(binding.account)[-1] == "binding_ended"
    assert scene.told_entity()[-1] == "binding_ended"
    (event,) = events("binding.unbind", binding.pk)
    assert (event.before, event.after["status"]) == ({"status": "active"}, "ended")
    urgent = [(row.kind, row.key) for row in journal.waiting(100) if row.is_urgent]
    assert ("entry", binding.account_id) in urgent
    with pytest.raises(Problem) as refused:
        actions.unbind(scene.who, binding)
    assert refused.value.code.name == "wrong_state"
    assert (scene.quota(), queries.unbinds(scene.app, scene.surface).used) == ((0, 20), 1)


def test_b6_past_the_limit_the_error_says_when_the_next_is_possible(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 31, 23, 59, 59), tick=False) as traveller:
        *first, last = bound(scene, 6)
        for binding in first:
            actions.unbind(scene.who, binding)
        with pytest.raises(Problem) as refused:
            actions.unbind(scene.who, last)
        assert refused.value.code.name == "unbind_limit_reached"
        assert refused.value.extra["next_at"] == "2026-06-01T00:00:00+08:00"
        assert scene.fresh(last).status == "active"
        assert scene.quota() == (1, 20)
        limits = scene.world.api(scene.developer).get(f"{scene.base}/quota").body["unbinds"]
        assert (limits["left"], limits["next_at"]) == (0, "2026-06-01T00:00:00+08:00")
        traveller.move_to(in_shanghai(2026, 6, 1))
        actions.unbind(scene.who, scene.fresh(last))
        assert queries.unbinds(scene.app, scene.surface).used == 1


def test_b6_an_owner_who_ends_and_a_lapse_do_not_count(scene: Scene) -> None:
    ended, lapsed = bound(scene, 2)
    actions.end(scene.world.owner_of(ended.account), ended)
    actions.lapse(scene.who, lapsed)
    assert queries.unbinds(scene.app, scene.surface).used == 0


def test_b6_a_request_is_not_unbound(scene: Scene) -> None:
    request = scene.request(scene.employee())
    with pytest.raises(Problem) as refused:
        actions.unbind(scene.who, request)
    assert refused.value.extra["current"] == "awaiting_consent"
    assert queries.unbinds(scene.app, scene.surface).used == 0


def test_b6_an_unbound_account_can_be_bound_again(scene: Scene) -> None:
    (binding,) = bound(scene, 1)
    actions.unbind(scene.who, binding)
    again = scene.bind(binding.account)
    assert queries.require_active(scene.app, binding.account, scene.surface) == again
