"""Routes that span contexts: bulk import, and how the platform itself is doing."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest
from ninja import Router

from guazai.control.delivery import imports
from guazai.control.journal import queries as journal
from guazai.control.kernel import doors
from guazai.control.kernel.http import Out, actor

router = Router(tags=["host"])
MAX_LINES = 1000


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


class HealthOut(Out):
    """Whether the control plane answers and reaches its database."""

    status: str
    outbox: int


@router.post("/host/import", response=ImportOut, auth=doors.host)
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


@router.get("/health", response=HealthOut, auth=None, tags=["platform"])
def health(request: HttpRequest) -> HealthOut:
    """For load balancers and `guazai start`: ok, and how many outbox keys wait."""
    connection.ensure_connection()
    return HealthOut(status="ok", outbox=journal.backlog())
