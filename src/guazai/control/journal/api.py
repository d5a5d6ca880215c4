"""Audit search for operators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from guazai.control.journal import queries
from guazai.control.journal.answers import ActorOut, SubjectOut
from guazai.control.journal.models import AuditEvent
from guazai.control.kernel import doors
from guazai.control.kernel.actor import ActorKind
from guazai.control.kernel.http import Instant, Out, Page, PageParams, page

router = Router(tags=["operator"])


class EventOut(Out):
    """One audit event, with its place in the hash chain."""

    id: str
    at: datetime
    actor: ActorOut
    verb: str
    subject: SubjectOut
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    request_id: str
    partition: int
    seq: int
    hash: str
    available_actions: list[str] = Field(default_factory=list)


class EventQuery(Schema):
    """Which events to find: those that match all that is given."""

    subject_kind: str | None = None
    subject_id: str | None = None
    actor_id: str | None = None
    request_id: str | None = None
    verb: str | None = None
    since: Instant | None = None
    until: Instant | None = None


EventParams = Annotated[EventQuery, Query(...)]


def _render(event: AuditEvent) -> EventOut:
    return EventOut(
        id=event.id,
        at=event.at,
        actor=ActorOut(kind=ActorKind(event.actor_kind), id=event.actor_id),
        verb=event.verb,
        subject=SubjectOut(kind=event.subject_kind, id=event.subject_id),
        before=event.before,
        after=event.after,
        reason=event.reason,
        request_id=event.request_id,
        partition=event.partition,
        seq=event.seq,
        hash=event.hash,
    )


@router.get("/operator/audit-events", response=Page[EventOut], auth=doors.operator)
def search_audit_events(
    request: HttpRequest, paging: PageParams, wanted: EventParams
) -> Page[EventOut]:
    """Audit events, newest first (G4)."""
    return page(queries.search(**wanted.model_dump()), paging, _render)
