"""Reading the audit log, takedowns and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet

from guazai.control.journal.keys import NoticeKind
from guazai.control.journal.models import (
    OPEN_TAKEDOWN,
    AuditEvent,
    NoticeKey,
    OutboxKey,
    Takedown,
)
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.locks import locked


def search(
    *,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    actor_id: str | None = None,
    request_id: str | None = None,
    verb: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """Events that match every condition given (G4)."""
    wanted = {
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "actor_id": actor_id,
        "request_id": request_id,
        "verb": verb,
        "at__gte": since,
        "at__lt": until,
    }
    return AuditEvent.objects.filter(**{k: v for k, v in wanted.items() if v is not None})


def waiting(limit: int) -> Sequence[OutboxKey]:
    """The next outbox keys to publish, takedowns first."""
    return list(OutboxKey.objects.order_by("-is_urgent", "id")[:limit])


def is_waiting() -> bool:
    """Whether any outbox key waits; asked too often for a query of the ORM's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM journal_outboxkey LIMIT 1")
        return cursor.fetchone() is not None


def backlog() -> int:
    """How many outbox keys wait."""
    return OutboxKey.objects.count()


def oldest_waiting() -> datetime | None:
    """Since when the oldest outbox key waits; None where none does."""
    oldest = OutboxKey.objects.order_by("id").values_list("created_at", flat=True)
    return oldest.first()


def has_notices(kinds: Sequence[NoticeKind]) -> bool:
    """Whether a notice of some kinds waits; asked often, and outside of a transaction."""
    return NoticeKey.objects.filter(kind__in=kinds).exists()


def locked_notices(kinds: Sequence[NoticeKind], limit: int) -> list[NoticeKey]:
    """The oldest notices of some kinds, locked until the transaction ends.

    Whoever comes meanwhile waits for them, so that the state that is told last was read last.
    """
    return list(locked(NoticeKey.objects.filter(kind__in=kinds).order_by("id"))[:limit])


def events(event_ids: Sequence[str]) -> dict[str, AuditEvent]:
    """Those of some events that there are, by id."""
    return AuditEvent.objects.in_bulk(event_ids)


def takedowns(*, is_open: bool = False) -> QuerySet[Takedown]:
    """All takedowns with their events, or those alone that are not both told and effective."""
    found = Takedown.objects.select_related("event")
    return found.filter(OPEN_TAKEDOWN) if is_open else found


def takedowns_of(subject_kind: str, subject_ids: Sequence[str]) -> dict[str, Takedown]:
    """The first takedown of each of some subjects that has one."""
    found = takedowns().filter(event__subject_kind=subject_kind, event__subject_id__in=subject_ids)
    return {each.event.subject_id: each for each in found.order_by("-pk")}


def takedown_by(who: Actor, subject_kind: str, subject_id: str) -> Takedown | None:
    """The takedown that this request of `who` made by an act on a subject, if it hid something."""
    mine = takedowns_on(subject_kind, subject_id).filter(
        event__actor_id=who.id, event__request_id=who.request_id
    )
    return mine.order_by("-pk").first()


def takedowns_on(subject_kind: str, subject_id: str) -> QuerySet[Takedown]:
    """The takedowns by acts on one subject."""
    return takedowns().filter(event__subject_kind=subject_kind, event__subject_id=subject_id)


class PlainTakedown(NamedTuple):
    """A takedown without its event: read so often, and so many, that models would be too slow."""

    id: str
    kind: str
    key: str
    surface: str
    told_epoch: int | None
    told_revision: int | None
    effective_at: datetime | None


def open_takedowns() -> list[PlainTakedown]:
    """All takedowns that are not both told and effective."""
    found = Takedown.objects.filter(OPEN_TAKEDOWN).values_list(*PlainTakedown._fields)
    return [PlainTakedown(*row) for row in found]


def pending_ids() -> list[str]:
    """The ids of all takedowns that are not effective yet."""
    return list(Takedown.objects.filter(effective_at__isnull=True).values_list("pk", flat=True))


def pending_takedowns() -> list[PlainTakedown]:
    """All takedowns that are not effective yet."""
    found = Takedown.objects.filter(effective_at__isnull=True)
    return [PlainTakedown(*row) for row in found.values_list(*PlainTakedown._fields)]


def told(since: tuple[int, int] = (0, 0)) -> QuerySet[Takedown]:
    """Takedowns that were told at an epoch and revision, or later."""
    epoch, revision = since
    later = Q(told_epoch=epoch, told_revision__gte=revision) | Q(told_epoch__gt=epoch)
    return Takedown.objects.filter(later)


def last_told() -> tuple[int, int]:
    """The last epoch and revision at which a takedown was told; zeros where none was."""
    last = told().order_by("-told_epoch", "-told_revision").first()
    return (last.told_epoch or 0, last.told_revision or 0) if last else (0, 0)
