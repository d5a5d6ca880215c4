"""Days and months are those of Asia/Shanghai, wherever the process runs (R16)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from guazai.control.eligibility import queries as eligibility
from guazai.control.kernel import clock

ZONES = ("Asia/Shanghai", "UTC", "America/Los_Angeles", "Pacific/Kiritimati")
HOUR, MOMENT = timedelta(hours=1), timedelta(microseconds=1)
BOUNDARY = datetime(2024, 8, 15, tzinfo=clock.SHANGHAI)


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest) -> Iterator[ZoneInfo]:
    """A time zone, which the process runs in meanwhile."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield ZoneInfo(request.param)
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.parametrize(
    "midnight",
    [
        datetime(2024, 3, 1, tzinfo=clock.SHANGHAI),  # after a leap day
        datetime(2025, 3, 1, tzinfo=clock.SHANGHAI),
        datetime(2026, 1, 1, tzinfo=clock.SHANGHAI),
        datetime(2026, 11, 1, tzinfo=clock.SHANGHAI),  # Los Angeles' clocks go back
    ],
)
def test_r16_days_and_months_turn_at_midnight_in_shanghai(
    zone: ZoneInfo, midnight: datetime
) -> None:
    after, before = midnight.astimezone(zone), (midnight - MOMENT).astimezone(zone)
    assert clock.day_of(after) == midnight.date()
    assert clock.day_of(before) == midnight.date() - timedelta(days=1)
    assert clock.month_of(after) == f"{midnight:%Y-%m}"
    assert clock.month_of(before) == f"{midnight - MOMENT:%Y-%m}"
    assert clock.next_month(before) == midnight
    assert clock.next_month(after) > midnight
    assert clock.start_of(clock.day_of(after)) == midnight
    assert clock.end_of(clock.day_of(before)) == midnight


def test_r16_the_twin_that_takes_the_machines_day_is_wrong_somewhere() -> None:
    instant = datetime(2026, 1, 1, 3, tzinfo=clock.SHANGHAI)
    assert instant.astimezone(ZoneInfo("America/Los_Angeles")).date() != clock.day_of(instant)


def test_r16_every_month_is_followed_by_the_next(zone: ZoneInfo) -> None:
    at = datetime(2024, 1, 31, 23, 59, tzinfo=clock.SHANGHAI).astimezone(zone)
    seen = []
    for _ in range(36):
        at = clock.next_month(at).astimezone(zone) + timedelta(days=27, hours=23)
        seen.append(clock.month_of(at))
    assert seen == [f"{2024 + n // 12}-{n % 12 + 1:02}" for n in range(1, 37)]


@pytest.mark.parametrize("step", [-HOUR, timedelta(0), HOUR])
@pytest.mark.parametrize("offset", [-HOUR, -MOMENT, timedelta(0), HOUR - MOMENT, HOUR])
def test_r16_today_follows_a_clock_that_is_set_by_an_hour(
    zone: ZoneInfo, offset: timedelta, step: timedelta
) -> None:
    true = BOUNDARY + offset
    with time_machine.travel(true.astimezone(UTC), tick=False) as moved:
        assert clock.today() == true.date()
        moved.shift(step)
        assert clock.today() == (true + step).date()
        assert clock.now() == true + step


@pytest.mark.parametrize("step", [-HOUR, timedelta(0), HOUR])
def test_r16_the_rules_begin_on_2024_08_15_whatever_the_clock_was(
    db: None, zone: ZoneInfo, step: timedelta
) -> None:
    with time_machine.travel((BOUNDARY + step).astimezone(zone), tick=False) as moved:
        moved.move_to(BOUNDARY - MOMENT)
        assert eligibility.policies_in_play(clock.now()) == []
        moved.move_to(BOUNDARY)
        assert len(eligibility.policies_in_play(clock.now())) == 1
        assert clock.today() == date(2024, 8, 15)
