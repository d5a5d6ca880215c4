"""Audit events in hash chains, and the outbox."""

from __future__ import annotations

from django.db import models

from guazai.control.kernel import ids


class AuditEvent(models.Model):
    """One act: who did what on what, before and after, and why (G4). Never changed or deleted."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("evt"))
    partition = models.PositiveSmallIntegerField()
    seq = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_index=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    verb = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=160)
    before = models.JSONField()
    after = models.JSONField()
    reason = models.TextField()
    request_id = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            # The chain relies on it: two events can never claim the same place.
            models.UniqueConstraint(fields=["partition", "seq"], name="one_event_per_place"),
        ]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "id"], name="audit_by_actor"),
            models.Index(fields=["verb", "id"], name="audit_by_verb"),
        ]


class ChainHead(models.Model):
    """The last place and hash of one partition; its row lock puts appends in order."""

    partition = models.PositiveSmallIntegerField(primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")


class OutboxKey(models.Model):
    """A thing whose published state may be stale. Carries a key, never state."""

    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=128)
    #: Takedowns go before everything else (V3).
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-is_urgent", "id"], name="outbox_order")]
