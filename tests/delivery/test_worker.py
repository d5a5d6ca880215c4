"""The worker does what nobody asks for; one task that fails does not stop the others."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session

from guazai.control.binding import actions as binding
from guazai.control.binding import queries as bindings
from guazai.control.delivery import worker
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.landing import queries as landing
from guazai.control.surfaces.registry import BindingKind
from tests.world import HOST, SURFACE, World


@pytest.fixture(autouse=True)
def own_transaction(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection holds the test's own transaction."""
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)


def test_b4_requests_that_nobody_answered_expire(world: World) -> None:
    app, account = world.grant(world.mini_program()), world.account()
    world.employ(app.entity, account)
    asked = binding.request(HOST, app, SURFACE, account.pk, BindingKind.EMPLOYEE)
    assert worker.run_once()["expire_bindings"] == 0
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert worker.run_once()["expire_bindings"] == 1
        assert worker.run_once()["expire_bindings"] == 0
    asked.refresh_from_db()
    assert asked.status == "expired"
    event = journal.search(verb="binding.expire").get()
    assert (event.actor_kind, event.actor_id) == ("system", "worker")


def test_b3_a_binding_lapses_with_the_employment_and_takes_its_entry(world: World) -> None:
    change = world.entry()
    with time_machine.travel(clock.end_of(clock.today() + timedelta(days=30)), tick=False):
        assert worker.run_once()["lapse_bindings"] == 1
        assert worker.run_once()["lapse_bindings"] == 0
    assert bindings.active(change.mini_program_id, change.account_id, SURFACE) is None
    assert landing.live_change(change.account_id, SURFACE) is None


def test_a_task_that_fails_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise RuntimeError("the database restarts")

    monkeypatch.setitem(worker.TASKS, "lapse_bindings", fail)
    did = worker.run_once()
    assert did.get("lapse_bindings", 0) == 0
    assert did.keys() >= worker.TASKS.keys() - {"lapse_bindings"}
    assert "worker.task_failed" in caplog.text
    assert "lapse_bindings" in caplog.text


def test_the_worker_stops_when_told(world: World) -> None:
    rounds = itertools.count()
    worker.run(lambda: next(rounds) > 2)
    assert next(rounds) < 10


def test_what_has_no_more_use_is_dropped(world: World) -> None:
    person = world.person()
    world.api(person)
    assert Session.objects.count() == 1
    worker.clean_up()
    assert Session.objects.count() == 1
    with time_machine.travel(clock.now() + timedelta(hours=13), tick=False):
        worker.clean_up()
    assert Session.objects.count() == 0
