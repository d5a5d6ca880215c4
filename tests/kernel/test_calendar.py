"""Published years lie over the shipped ones (C3, R16)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from guazai.control.kernel import calendar, clock, workdays
from guazai.control.kernel.models import CalendarYear
from guazai.control.kernel.workdays import CalendarError, Due

NEW_YEAR_2027 = date(2027, 1, 1)


def publish(year: int, days_off: list[str], make_up_days: list[str]) -> None:
    CalendarYear.objects.create(year=year, days_off=days_off, make_up_days=make_up_days)


def test_r16_a_year_that_is_not_published_is_monday_to_friday_and_says_so(db: None) -> None:
    found = calendar.due(datetime(2026, 12, 31, 12, tzinfo=clock.SHANGHAI), 1)
    assert found == Due(NEW_YEAR_2027, is_estimated=True)


def test_r16_a_published_year_lies_over_the_shipped_table(db: None) -> None:
    publish(2027, ["2027-01-01"], ["2027-01-02"])
    found = calendar.due(datetime(2026, 12, 31, 12, tzinfo=clock.SHANGHAI), 1)
    assert found == Due(date(2027, 1, 2), is_estimated=False)
    assert calendar.current().years.keys() == {*workdays.shipped().years, 2027}


def test_r16_a_published_year_replaces_a_shipped_one(db: None) -> None:
    assert not calendar.current().is_working(date(2026, 10, 1))
    publish(2026, [], [])
    assert calendar.current().is_working(date(2026, 10, 1))
    assert not workdays.shipped().is_working(date(2026, 10, 1))


def test_a_year_that_contradicts_itself_is_refused(db: None) -> None:
    publish(2027, ["2027-01-02"], ["2027-01-02"])
    with pytest.raises(CalendarError):
        calendar.current()


@pytest.mark.parametrize(
    ("submitted_at", "due_on"),
    [
        (datetime(2026, 6, 1, 15, 59, 59, tzinfo=UTC), date(2026, 6, 4)),
        (datetime(2026, 6, 1, 16, 0, 0, tzinfo=UTC), date(2026, 6, 5)),
    ],
)
def test_c3_days_are_counted_from_the_day_in_shanghai(
    db: None, submitted_at: datetime, due_on: date
) -> None:
    assert calendar.due(submitted_at, 3) == Due(due_on, is_estimated=False)
