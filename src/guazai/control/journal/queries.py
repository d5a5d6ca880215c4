"""Reading the audit log, takedowns and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from guazai.control.journal.models import OPEN_TAKEDOWN, AuditEvent, OutboxKey, Takedown


def search(
    *,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    actor_id: str | None = None,
    verb: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """Events that match every condition given (G4)."""
    wanted = {
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "actor_id": actor_id,
        "verb": verb,
        "at__gte": since,
        "at__lt": until,
    }
    return AuditEvent.objects.filter(**{k: v for k, v in wanted.items() if v is not None})


def waiting(limit: int) -> Sequence[OutboxKey]:
    """The next outbox keys to publish, takedowns first."""
    return list(OutboxKey.objects.order_by("-is_urgent", "id")[:limit])


def backlog() -> int:
    """How many outbox keys wait."""
    return OutboxKey.objects.count()


def takedowns(*, is_open: bool = False) -> QuerySet[Takedown]:
    """All takedowns with their events, or those alone that are not both told and effective."""
    found = Takedown.objects.select_related("event")
    return found.filter(OPEN_TAKEDOWN) if is_open else found


def takedowns_of(subject_kind: str, subject_ids: Sequence[str]) -> dict[str, Takedown]:
    """The first takedown of each of some subjects that has one."""
    found = takedowns().filter(event__subject_kind=subject_kind, event__subject_id__in=subject_ids)
    return {each.event.subject_id: each for each in found.order_by("-pk")}


def last_told() -> tuple[int, int]:
    """The last epoch and revision at which a takedown was told; zeros where none was."""
    told = Takedown.objects.filter(told_epoch__isnull=False)
    last = told.order_by("-told_epoch", "-told_revision").first()
    return (last.told_epoch or 0, last.told_revision or 0) if last else (0, 0)
