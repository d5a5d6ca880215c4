"""Reading inboxes."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from guazai.control.inbox.models import InboxMessage
from guazai.control.inbox.states import RecipientKind
from guazai.control.inbox.texts import KINDS
from guazai.control.kernel.texts import Text


def messages(recipient_kind: RecipientKind, recipients: Iterable[str]) -> QuerySet[InboxMessage]:
    """All messages to any of `recipients`."""
    return InboxMessage.objects.filter(
        recipient_kind=recipient_kind, recipient_id__in=list(recipients)
    )


def found(message_ids: Iterable[str]) -> dict[str, InboxMessage]:
    """Those of some messages that there are, by id."""
    return InboxMessage.objects.in_bulk(list(message_ids))


def texts_of(message: InboxMessage) -> Text:
    """The message in both languages."""
    return KINDS[message.kind].fill(**message.values)


def text_of(message: InboxMessage) -> str:
    """The message in the reader's language."""
    return str(texts_of(message))
