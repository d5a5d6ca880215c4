"""Alarms (E6): by clock, in every time zone, once each (R16)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from guazai.control.evaluation import alarms, jobs, queries
from guazai.control.evaluation.states import AlarmKind
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from tests.evaluation.samples import WHO, bulk, day, feed_of, held_run, run_day, write_feed
from tests.world import World

ZONES = ("Asia/Shanghai", "UTC", "America/Los_Angeles", "Pacific/Kiritimati")


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine's time zone, which is nobody's business."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def at(on: date, hour: int, minute: int = 0) -> datetime:
    """A time of a day in Shanghai."""
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=clock.SHANGHAI)


def late() -> list[str]:
    """The days of the alarms about late feeds, cleared ones too."""
    rows = queries.alarms().filter(kind=AlarmKind.FEED_LATE).order_by("pk")
    return list(rows.values_list("key", flat=True))


@pytest.mark.parametrize(
    ("hour", "minute", "days"), [(8, 59, 2), (9, 0, 1), (0, 0, 2), (23, 59, 1)]
)
def test_r16_a_feed_is_due_the_next_morning(
    db: None, zone: str, hour: int, minute: int, days: int
) -> None:
    today = date(2026, 3, 1)
    assert queries.last_due_day(at(today, hour, minute)) == today - timedelta(days=days)


def test_e6_nobody_is_late_where_feeds_are_not_in_use(db: None) -> None:
    assert jobs.check_late() == 0


def test_r16_a_late_feed_alarms_once_over_clock_steps(db: None, zone: str, feeds: Path) -> None:
    today = clock.today()
    write_feed(feeds, day(), feed_of(bulk(3)))
    run_day(day())
    steps = [
        (at(today + timedelta(days=1), 8, 59), []),
        (at(today + timedelta(days=1), 9), [today]),
        # An hour back, and forth again.
        (at(today + timedelta(days=1), 8), [today]),
        (at(today + timedelta(days=1), 9, 1), [today]),
        (at(today + timedelta(days=1), 10), [today]),
        (at(today + timedelta(days=2), 8, 59), [today]),
        # An hour forth: over the moment that it is due.
        (at(today + timedelta(days=2), 9, 59), [today, today + timedelta(days=1)]),
        (at(today + timedelta(days=2), 8, 59), [today, today + timedelta(days=1)]),
    ]
    for now, expected in steps:
        with time_machine.travel(now, tick=False):
            jobs.run_once()
            assert late() == [each.isoformat() for each in expected]


def test_e6_every_day_is_told_after_an_outage(db: None, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(3)))
    run_day(day())
    today = clock.today()
    with time_machine.travel(at(today + timedelta(days=3), 12), tick=False):
        assert jobs.check_late() == 3
        assert jobs.check_late() == 0
        assert late() == [(today + timedelta(days=age)).isoformat() for age in range(3)]
        assert queries.is_late()


def test_e6_it_clears_once_the_day_is_applied(db: None, feeds: Path) -> None:
    write_feed(feeds, day(), feed_of(bulk(3)))
    run_day(day())
    tomorrow = clock.today() + timedelta(days=1)
    with time_machine.travel(at(tomorrow, 12), tick=False):
        jobs.check_late()
        assert queries.open_alarms().count() == 1
        write_feed(feeds, tomorrow - timedelta(days=1), feed_of(bulk(3)))
        run_day(tomorrow - timedelta(days=1))
        assert not queries.open_alarms().exists()
        assert jobs.check_late() == 0
        assert not queries.is_late()


def test_e6_a_delivered_day_that_is_never_applied_is_late(db: None, feeds: Path) -> None:
    (feeds / f"dt={day(5)}").mkdir(parents=True)
    with time_machine.travel(at(clock.today(), 12), tick=False):
        assert jobs.check_late() == 1
    assert late() == [day().isoformat()]


def test_e6_a_held_run_is_logged_as_an_error(
    db: None, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run = held_run()
    logged = [record for record in caplog.records if "evaluation.alarm" in record.getMessage()]
    assert [record.levelname for record in logged] == ["ERROR"]
    assert run.pk in logged[0].getMessage()


def test_e6_operators_see_alarms_and_acknowledge_them(world: World) -> None:
    operator, other = world.operator(), world.operator()
    alarms.sound(WHO, AlarmKind.FEED_LATE, "2026-01-01", as_of="2026-01-01")
    assert not alarms.sound(WHO, AlarmKind.FEED_LATE, "2026-01-01", as_of="2026-01-01")
    api = world.api(operator)
    [found] = api.get("/operator/alarms").body["items"]
    assert (found["kind"], found["key"]) == ("feed_late", "2026-01-01")
    assert found["available_actions"] == ["acknowledge"]
    path = f"/operator/alarms/{found['id']}/acknowledge"
    taken = api.post(path)
    assert (taken.status, taken.body["acknowledged_by"]) == (200, operator.pk)
    assert taken.body["acknowledged_by_name"] == (operator.display_name or operator.login)
    assert taken.body["available_actions"] == []
    assert world.api(other).post(path).code == "wrong_state"
    assert journal.search(verb="evaluation.acknowledge_alarm").get().actor_id == operator.pk
    assert api.get("/operator/alarms?status=cleared").body["items"] == []
    assert len(api.get("/operator/alarms").body["items"]) == 1


def test_e6_alarms_are_for_operators(world: World) -> None:
    alarms.sound(WHO, AlarmKind.FEED_LATE, "2026-01-01", as_of="2026-01-01")
    alarm = queries.open_alarms().get()
    for api in (world.api(world.reviewer()), world.api(world.developer(world.entity()))):
        assert api.get("/operator/alarms").status == 403
        assert api.post(f"/operator/alarms/{alarm.pk}/acknowledge").status == 403
