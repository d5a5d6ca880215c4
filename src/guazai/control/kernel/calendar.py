"""The working-day calendar in force: the shipped years under those that an operator published."""

from __future__ import annotations

from datetime import datetime

from guazai.control.kernel import clock, workdays
from guazai.control.kernel.models import CalendarYear


def current() -> workdays.Calendar:
    """The shipped calendar with every published year laid over it."""
    calendar = workdays.shipped()
    for row in CalendarYear.objects.order_by("year"):
        published = {"days_off": row.days_off, "make_up_days": row.make_up_days}
        calendar = calendar.with_year(row.year, workdays.Year.from_json(published))
    return calendar


def due(submitted_at: datetime, working_days: int) -> workdays.Due:
    """The day by which something submitted at `submitted_at` is due (C3)."""
    return current().due_on(clock.day_of(submitted_at), working_days)
