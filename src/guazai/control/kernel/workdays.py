"""Working days in China: public holidays off, make-up days worked (C3, R16). Pure.

Days are calendar days in Asia/Shanghai. A year whose calendar the State Council has not published
is taken as Monday to Friday, and what was counted over it says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple, Self

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


class CalendarError(ValueError):
    """A published year that contradicts itself, or is written wrongly."""


@dataclass(frozen=True, slots=True)
class Year:
    """One published year: the days off (weekends may be among them), and the weekends worked.

    A notice that moves a day of the December before is laid over that earlier year.
    """

    days_off: frozenset[date]
    make_up_days: frozenset[date]

    def __post_init__(self) -> None:
        if both := self.days_off & self.make_up_days:
            raise CalendarError(f"{min(both)} is both a day off and a make-up day")
        if worked := [day for day in self.make_up_days if day.weekday() < _SATURDAY]:
            raise CalendarError(f"{min(worked)} is worked anyway: a make-up day is on a weekend")

    @classmethod
    def from_json(cls, obj: Mapping[str, object]) -> Self:
        """The year in `obj["days_off"]` and `obj["make_up_days"]`, lists of ISO dates.

        Raises `CalendarError`.
        """
        return cls(_days(obj, "days_off"), _days(obj, "make_up_days"))


class Due(NamedTuple):
    """A due day. `is_estimated` when a year without a published calendar was counted over."""

    on: date
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked. Immutable; `with_year` lays a published year over it."""

    years: Mapping[int, Year]

    def __post_init__(self) -> None:
        for number, year in self.years.items():
            if strays := [d for d in year.days_off | year.make_up_days if d.year != number]:
                raise CalendarError(f"{min(strays)} is not in {number}")
        object.__setattr__(self, "years", MappingProxyType(dict(self.years)))

    def with_year(self, number: int, year: Year) -> Calendar:
        """This calendar with `year` as the year `number`. Raises `CalendarError`."""
        return Calendar({**self.years, number: year})

    def is_published(self, number: int) -> bool:
        """Whether the year `number` is known, rather than taken as Monday to Friday."""
        return number in self.years

    def is_working(self, day: date) -> bool:
        """Whether `day` is worked."""
        if isinstance(day, datetime):  # a datetime is a date, but is never found among dates
            raise TypeError("a working day is a date, not a datetime")
        year = self.years.get(day.year)
        if year is not None:
            if day in year.days_off:
                return False
            if day in year.make_up_days:
                return True
        return day.weekday() < _SATURDAY

    def due_on(self, start: date, working_days: int) -> Due:
        """The last of `working_days` (≥ 1) working days counted from the day after `start`.

        Estimated when any day gone over, worked or not, fell in a year that is not published.
        """
        if working_days < 1:
            raise ValueError("at least one working day is counted")
        day = start
        is_estimated = False
        while working_days:
            day += _ONE_DAY
            working_days -= self.is_working(day)
            is_estimated = is_estimated or not self.is_published(day.year)
        return Due(day, is_estimated)


@cache
def shipped() -> Calendar:
    """The calendar that comes with Guazai: the State Council's notices for 2024 to 2026."""
    source = files("guazai.control.kernel").joinpath("data", "working_days.json")
    years = json.loads(source.read_text(encoding="utf-8"))
    return Calendar({int(number): Year.from_json(year) for number, year in years.items()})


def _days(obj: Mapping[str, object], name: str) -> frozenset[date]:
    values = obj.get(name)
    if not isinstance(values, list):
        raise CalendarError(f"{name} is a list of dates")
    try:
        days = frozenset(date.fromisoformat(value) for value in values)
    except (TypeError, ValueError) as error:
        raise CalendarError(f"{name}: {error}") from error
    if len(days) != len(values):
        raise CalendarError(f"{name} lists a day twice")
    return days
