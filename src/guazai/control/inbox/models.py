"""One message to one recipient."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.inbox.states import RecipientKind
from guazai.control.kernel import ids


class InboxMessage(models.Model):
    """What happened (a kind and its values; the text is made when it is read), and to what."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("msg"))
    recipient_kind = models.CharField(max_length=16, choices=RecipientKind.choices)
    recipient_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=48)
    values = models.JSONField(default=dict)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=128)
    #: Set where at most one message of a sort may be sent, e.g. one a day per account (N1).
    dedupe_key = models.CharField(max_length=160, null=True)  # noqa: DJ001 - NULLs are never equal
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # "At most one a day" relies on it.
            models.UniqueConstraint(
                fields=["recipient_kind", "recipient_id", "dedupe_key"],
                name="one_message_per_dedupe_key",
            ),
            models.CheckConstraint(
                condition=Q(recipient_kind__in=RecipientKind.values), name="recipient_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient_kind", "recipient_id", "id"], name="inbox_of"),
            models.Index(
                fields=["recipient_kind", "recipient_id"],
                condition=Q(read_at__isnull=True),
                name="inbox_unread",
            ),
        ]
