"""Routes that span contexts: bulk import, and how the platform itself is doing."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.db import connection
from django.http import HttpRequest
from ninja import Field, Path, Router

from guazai.control.delivery import calendar, imports
from guazai.control.journal import queries as journal
from guazai.control.kernel import doors
from guazai.control.kernel.calendar import current as calendar_in_force
from guazai.control.kernel.http import Body, Day, Out, actor

router = Router(tags=["host"])
MAX_LINES = 1000
Year = Annotated[int, Path(ge=2024, le=2100)]


class RefusedOut(Out):
    """A line that was not imported."""

    line: int
    code: str
    detail: str


class ImportOut(Out):
    """What a bulk import did."""

    created: int
    updated: int
    unchanged: int
    refused: list[RefusedOut]


class CalendarIn(Body):
    """A year's weekdays that are off, and weekend days that are worked."""

    days_off: list[Day] = Field(max_length=200)
    make_up_days: list[Day] = Field(max_length=60)
    reason: str = Field(min_length=1, max_length=500)


class CalendarOut(Out):
    """A year of working days; one that is not published counts Monday to Friday."""

    year: int
    is_published: bool
    days_off: list[date]
    make_up_days: list[date]
    available_actions: list[str]


class HealthOut(Out):
    """Whether the control plane answers and reaches its database."""

    status: str
    outbox: int


@router.post(
    "/host/import",
    response=ImportOut,
    auth=doors.host,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/jsonl": {"schema": {"type": "string"}}},
        }
    },
)
def import_lines(request: HttpRequest) -> ImportOut:
    """Import JSON lines (at most 1,000, 2 MiB): the same objects as `guazai import` takes.

    Each line is an object with a `kind`: legal_entity, mini_program, version, account, employment,
    member or facts. Lines are independent; refused ones are reported, the others are kept.
    """
    lines = request.body.splitlines()
    if len(lines) > MAX_LINES:
        raise imports.TOO_MANY_LINES(lines=len(lines))
    report = imports.Report()
    for result in imports.run(actor(request), lines):
        report.count(result)
    return ImportOut(
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        refused=[
            RefusedOut(line=each.line, code=each.code, detail=each.detail)
            for each in report.refused
        ],
    )


def _render_calendar(year: int) -> CalendarOut:
    current = calendar_in_force()
    known = current.years.get(year)
    return CalendarOut(
        year=year,
        is_published=known is not None,
        days_off=sorted(known.days_off) if known else [],
        make_up_days=sorted(known.make_up_days) if known else [],
        available_actions=["publish"],
    )


@router.get(
    "/operator/calendar/{year}", response=CalendarOut, auth=doors.operator, tags=["operator"]
)
def read_calendar(request: HttpRequest, year: Year) -> CalendarOut:
    """The working days of a year that due dates are counted by (C3)."""
    return _render_calendar(year)


@router.put(
    "/operator/calendar/{year}", response=CalendarOut, auth=doors.operator, tags=["operator"]
)
def publish_calendar(request: HttpRequest, year: Year, body: CalendarIn) -> CalendarOut:
    """Publish a year of working days; due dates given before stay as they are."""
    calendar.publish(actor(request), year, body.days_off, body.make_up_days, body.reason)
    return _render_calendar(year)


@router.get("/health", response=HealthOut, auth=None, tags=["platform"])
def health(request: HttpRequest) -> HealthOut:
    """For load balancers and `guazai start`: ok, and how many outbox keys wait."""
    connection.ensure_connection()
    return HealthOut(status="ok", outbox=journal.backlog())
