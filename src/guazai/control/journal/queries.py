"""Reading the audit log and the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from guazai.control.journal.models import AuditEvent, OutboxKey


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
