"""Sending and reading messages. Senders call inside their own act, so both commit or neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.inbox.texts import KINDS
from guazai.control.journal import actions as journal
from guazai.control.journal.keys import NoticeKind
from guazai.control.kernel import clock


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to each of some recipients; one that had it under `dedupe_key` gets it no more.

    `values` fill in its text; those of them that are ids (`app_id`, `aweme_id`) tell pages where it
    leads.
    """

    recipient_kind: RecipientKind
    recipient_ids: Iterable[str]
    kind: str
    subject_kind: str
    subject_id: str
    values: dict[str, Any] = field(default_factory=dict)
    dedupe_key: str | None = None

    def messages(self) -> Iterator[InboxMessage]:
        """One for each recipient. Raises `KeyError` for a kind without a text."""
        KINDS[self.kind].fill(**self.values)
        for recipient_id in self.recipient_ids:
            yield InboxMessage(
                recipient_kind=self.recipient_kind,
                recipient_id=recipient_id,
                kind=self.kind,
                values=self.values,
                subject_kind=self.subject_kind,
                subject_id=self.subject_id,
                dedupe_key=self.dedupe_key,
            )


def send_all(letters: Iterable[Letter]) -> None:
    """Put messages into inboxes (N1), to be mailed where there is mail (N2).

    Raises `KeyError` for a kind without a text.
    """
    messages = [message for letter in letters for message in letter.messages()]
    once = [message for message in messages if message.dedupe_key is not None]
    InboxMessage.objects.bulk_create(each for each in messages if each.dedupe_key is None)
    InboxMessage.objects.bulk_create(once, ignore_conflicts=True)
    if settings.CONFIG.smtp is not None:
        to_entities = (m.pk for m in messages if m.recipient_kind == RecipientKind.LEGAL_ENTITY)
        journal.notice(NoticeKind.MESSAGE, to_entities)


def send(
    recipient_kind: RecipientKind,
    recipient_ids: Iterable[str],
    kind: str,
    subject_kind: str,
    subject_id: str,
    values: dict[str, Any] | None = None,
    dedupe_key: str | None = None,
) -> None:
    """Put one message into the inbox of each recipient (N1); see `Letter`."""
    subject = (kind, subject_kind, subject_id)
    send_all([Letter(recipient_kind, recipient_ids, *subject, values or {}, dedupe_key)])


def to_entity(
    entity_id: str, kind: str, subject_kind: str, subject_id: str, /, **values: Any
) -> None:
    """A message to the members of a legal entity."""
    send(RecipientKind.LEGAL_ENTITY, [entity_id], kind, subject_kind, subject_id, values)


def to_owner(
    aweme_id: str, kind: str, subject_kind: str, subject_id: str, /, **values: Any
) -> None:
    """A message to the owner of an account."""
    send(RecipientKind.ACCOUNT, [aweme_id], kind, subject_kind, subject_id, values)


def mark_read(messages: QuerySet[InboxMessage]) -> int:
    """Mark the unread ones among `messages` as read; returns how many were."""
    return messages.filter(read_at__isnull=True).update(read_at=clock.now())


def mark_unread(messages: QuerySet[InboxMessage]) -> int:
    """Undo `mark_read`; returns how many were read."""
    return messages.filter(read_at__isnull=False).update(read_at=None)
