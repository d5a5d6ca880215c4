"""Time: instants in UTC, days in Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The current instant, aware."""
    return timezone.now()


def day_of(instant: datetime) -> date:
    """The calendar day of `instant` in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date()


def today() -> date:
    """The current calendar day in Asia/Shanghai."""
    return day_of(now())


def start_of(day: date) -> datetime:
    """The first instant of `day` in Asia/Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    """The first instant after `day` in Asia/Shanghai."""
    return start_of(day + timedelta(days=1))


def month_of(instant: datetime) -> str:
    """The month of `instant` in Asia/Shanghai, as YYYY-MM."""
    return day_of(instant).strftime("%Y-%m")


def minute_of(instant: datetime) -> str:
    """The minute of `instant` in Asia/Shanghai as people read it."""
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def next_month(instant: datetime) -> datetime:
    """The first instant of the month after that of `instant`, in Asia/Shanghai."""
    first = day_of(instant).replace(day=1)
    return start_of((first + timedelta(days=32)).replace(day=1))
