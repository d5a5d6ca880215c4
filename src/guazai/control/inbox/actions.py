"""Sending and reading messages. Senders call inside their own act, so both commit or neither."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.inbox.texts import KINDS
from guazai.control.kernel import clock


def send(
    recipient_kind: RecipientKind,
    recipient_ids: Iterable[str],
    kind: str,
    subject_kind: str,
    subject_id: str,
    values: dict[str, Any] | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Put a message into each recipient's inbox (N1); one already sent under `dedupe_key` stays.

    Raises `KeyError` for a kind without a text.
    """
    KINDS[kind].fill(**(values or {}))
    InboxMessage.objects.bulk_create(
        [
            InboxMessage(
                recipient_kind=recipient_kind,
                recipient_id=recipient_id,
                kind=kind,
                values=values or {},
                subject_kind=subject_kind,
                subject_id=subject_id,
                dedupe_key=dedupe_key,
            )
            for recipient_id in recipient_ids
        ],
        ignore_conflicts=dedupe_key is not None,
    )


def to_entity(entity_id: str, kind: str, subject_kind: str, subject_id: str, **values: Any) -> None:
    """A message to the members of a legal entity."""
    send(RecipientKind.LEGAL_ENTITY, [entity_id], kind, subject_kind, subject_id, values)


def to_owner(aweme_id: str, kind: str, subject_kind: str, subject_id: str, **values: Any) -> None:
    """A message to the owner of an account."""
    send(RecipientKind.ACCOUNT, [aweme_id], kind, subject_kind, subject_id, values)


def mark_read(messages: QuerySet[InboxMessage]) -> int:
    """Mark the unread ones among `messages` as read; returns how many were."""
    return messages.filter(read_at__isnull=True).update(read_at=clock.now())


def mark_unread(messages: QuerySet[InboxMessage]) -> int:
    """Undo `mark_read`; returns how many were read."""
    return messages.filter(read_at__isnull=False).update(read_at=None)
