"""Working days (C3, R16): shipped years day by day, years to 2030, and a twin that must fail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import chinese_calendar  # type: ignore[import-untyped] # ships no types
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.control.kernel.workdays import Calendar, CalendarError, Due, Year, shipped

SHIPPED = (2024, 2025, 2026)


def days_of(*years: int) -> Iterator[date]:
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            yield day
            day += timedelta(days=1)


def differences(calendar: Calendar) -> list[date]:
    """The days of the shipped years on which either library says otherwise."""
    china = holidays.country_holidays("CN", years=SHIPPED)
    return [
        day
        for day in days_of(*SHIPPED)
        if not calendar.is_working(day)
        == chinese_calendar.is_workday(day)
        == china.is_working_day(day)
    ]


def test_r16_every_shipped_day_agrees_with_both_libraries() -> None:
    assert differences(shipped()) == []
    assert sorted(shipped().years) == list(SHIPPED)


def test_r16_the_twin_without_make_up_days_is_caught() -> None:
    published = shipped()
    twin = Calendar(
        {number: Year(year.days_off, frozenset()) for number, year in published.years.items()}
    )
    make_up_days = {day for year in published.years.values() for day in year.make_up_days}
    assert set(differences(twin)) == make_up_days
    assert len(make_up_days) == 19


@pytest.mark.parametrize(
    ("start", "working_days", "on"),
    [
        (date(2024, 8, 14), 3, date(2024, 8, 19)),  # Wednesday, over a plain weekend
        (date(2024, 2, 8), 3, date(2024, 2, 19)),  # over Spring Festival; Sunday 02-18 is worked
        (date(2024, 9, 30), 3, date(2024, 10, 10)),  # over National Day
        (date(2025, 9, 26), 1, date(2025, 9, 28)),  # Friday, and the Sunday after is worked
        (date(2025, 12, 31), 3, date(2026, 1, 6)),  # into 2026; Sunday 01-04 is worked
        (date(2026, 9, 18), 1, date(2026, 9, 20)),  # Friday, and the Sunday after is worked
    ],
)
def test_c3_due_days_by_hand(start: date, working_days: int, on: date) -> None:
    assert shipped().due_on(start, working_days) == Due(on, is_estimated=False)


def test_c3_counting_starts_the_day_after_even_from_a_working_day() -> None:
    monday = date(2026, 3, 2)
    assert shipped().due_on(monday, 1).on == date(2026, 3, 3)


def test_r16_a_year_without_a_calendar_is_monday_to_friday_and_says_so() -> None:
    calendar = shipped()
    for day in days_of(2027, 2028, 2029, 2030):
        assert calendar.is_working(day) == (day.isoweekday() <= 5)
        assert calendar.due_on(day, 3).is_estimated
    assert not calendar.is_published(2027)


def test_r16_estimated_from_the_first_day_counted_over_the_edge() -> None:
    calendar = shipped()
    assert calendar.due_on(date(2026, 12, 28), 3) == Due(date(2026, 12, 31), is_estimated=False)
    assert calendar.due_on(date(2026, 12, 29), 3) == Due(date(2027, 1, 1), is_estimated=True)
    before = date(2023, 12, 29)  # the weekend at the end of 2023 is only taken as free
    assert calendar.due_on(before, 1) == Due(date(2024, 1, 2), is_estimated=True)


def test_r16_working_days_to_2030_by_counting() -> None:
    calendar = shipped()
    for start in days_of(*range(2024, 2031)):
        for working_days in (1, 3, 10):
            due = calendar.due_on(start, working_days)
            walked = [start + timedelta(days=n + 1) for n in range((due.on - start).days)]
            assert sum(map(calendar.is_working, walked)) == working_days
            assert calendar.is_working(due.on)
            assert due.is_estimated == (due.on.year > 2026)


@given(st.dates(date(2023, 1, 1), date(2030, 12, 31)), st.integers(1, 40), st.integers(1, 40))
def test_r16_due_days_add_up(start: date, first: int, second: int) -> None:
    calendar = shipped()
    halfway = calendar.due_on(start, first)
    rest = calendar.due_on(halfway.on, second)
    estimated = halfway.is_estimated or rest.is_estimated
    assert calendar.due_on(start, first + second) == Due(rest.on, estimated)


def test_r16_a_published_year_is_laid_over() -> None:
    spring = Year.from_json(
        {"days_off": ["2027-02-08", "2027-02-09"], "make_up_days": ["2027-02-13"]}
    )
    calendar = shipped().with_year(2027, spring)
    assert not calendar.is_working(date(2027, 2, 8))
    assert calendar.is_working(date(2027, 2, 13))
    assert calendar.due_on(date(2027, 2, 5), 4) == Due(date(2027, 2, 13), is_estimated=False)
    assert shipped().due_on(date(2027, 2, 5), 4).is_estimated
    corrected = calendar.with_year(2026, Year(frozenset(), frozenset()))
    assert corrected.is_working(date(2026, 10, 1))
    assert not shipped().is_working(date(2026, 10, 1))


@pytest.mark.parametrize(
    ("year", "message"),
    [
        ({}, "days_off is a list"),
        ({"days_off": "2027-01-01", "make_up_days": []}, "days_off is a list"),
        ({"days_off": []}, "make_up_days is a list"),
        ({"days_off": ["2027-02-30"], "make_up_days": []}, "days_off: "),
        ({"days_off": [None], "make_up_days": []}, "days_off: "),
        ({"days_off": ["2027-01-01", "2027-01-01"], "make_up_days": []}, "twice"),
        ({"days_off": ["2027-01-02"], "make_up_days": ["2027-01-02"]}, "both"),
        ({"days_off": [], "make_up_days": ["2027-01-01"]}, "on a weekend"),
        ({"days_off": ["2026-12-31"], "make_up_days": []}, "not in 2027"),
    ],
)
def test_r16_a_year_that_contradicts_itself_is_refused(
    year: dict[str, object], message: str
) -> None:
    with pytest.raises(CalendarError, match=message):
        shipped().with_year(2027, Year.from_json(year))


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        shipped().due_on(date(2026, 1, 1), 0)
    with pytest.raises(TypeError, match="not a datetime"):
        shipped().is_working(datetime(2026, 1, 1, tzinfo=UTC))
