"""Publishing a year of working days, when the State Council has announced it (C3, R16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from guazai.control.journal.actions import act
from guazai.control.kernel import calendar, workdays
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import Code, FieldError
from guazai.control.kernel.models import CalendarYear
from guazai.control.kernel.texts import Text

CALENDAR_INVALID = Code(
    "calendar_invalid",
    422,
    Text(
        "工作日历有误:调休上班日应为周末,且不能同时为放假日,日期须在该年内",
        "The calendar is not right: make-up days are weekend days and never days off too,"
        " and every date is of that year",
    ),
)


def publish(
    who: Actor, year: int, days_off: Sequence[date], make_up_days: Sequence[date], reason: str
) -> None:
    """Put a year in force, in place of the shipped or earlier published one.

    What was submitted before keeps its due date. Raises `calendar_invalid`.
    """
    row = {
        "days_off": sorted(day.isoformat() for day in set(days_off)),
        "make_up_days": sorted(day.isoformat() for day in set(make_up_days)),
    }
    try:
        calendar.current().with_year(year, workdays.Year.from_json(row))
    except workdays.CalendarError as error:
        text = Text(str(error), str(error))
        raise CALENDAR_INVALID(errors=[FieldError("calendar_invalid", text)]) from None
    with act(who) as done:
        before = CalendarYear.objects.filter(pk=year).values(*row).first()
        CalendarYear.objects.update_or_create(pk=year, defaults=row)
        done.record(
            "delivery.publish_calendar",
            "calendar",
            str(year),
            before=before,
            after=row,
            reason=reason,
        )
