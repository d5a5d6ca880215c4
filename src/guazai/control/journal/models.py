"""Audit events in hash chains, takedowns, and the outbox."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids

#: A takedown is open until it is both told and effective.
OPEN_TAKEDOWN = Q(effective_at__isnull=True) | Q(told_revision__isnull=True)


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
            models.Index(fields=["request_id", "id"], name="audit_by_request"),
        ]


class ChainHead(models.Model):
    """The last place and hash of one partition; its row lock puts appends in order."""

    partition = models.PositiveSmallIntegerField(primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")


class Takedown(models.Model):
    """Something that an act hid (V3): accepted with the act, then told, and effective, everywhere.

    Told is when the feed says it, from the revision `told_revision` of `told_epoch` on; effective
    when no node in rotation shows it any more, which is mostly sooner.
    """

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("tkd"))
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=128)
    #: The one surface on which it hides; empty for all.
    surface = models.CharField(max_length=64, blank=True)
    event = models.ForeignKey(AuditEvent, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()
    told_epoch = models.PositiveBigIntegerField(null=True)
    told_revision = models.PositiveBigIntegerField(null=True)
    effective_at = models.DateTimeField(null=True)
    #: The nodes that keep it from being effective, as of about a second ago.
    waits_for = models.JSONField(default=list)

    class Meta:
        constraints = [
            # The overlay relies on it: a takedown leaves it at a revision of an epoch.
            models.CheckConstraint(
                condition=Q(told_epoch__isnull=True, told_revision__isnull=True)
                | Q(told_epoch__isnull=False, told_revision__isnull=False),
                name="told_at_a_revision_of_an_epoch",
            ),
        ]
        indexes = [
            # Read every few milliseconds.
            models.Index(
                fields=["accepted_at"],
                condition=OPEN_TAKEDOWN,
                name="open_takedowns",
            ),
            models.Index(fields=["told_epoch", "told_revision"], name="takedowns_as_told"),
        ]


class OutboxKey(models.Model):
    """A thing whose published state may be stale. Carries a key, never state."""

    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=128)
    #: Takedowns go before everything else (V3).
    is_urgent = models.BooleanField(default=False)
    #: What is told once the state is published that is read after this row.
    takedown = models.ForeignKey(Takedown, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["-is_urgent", "id"], name="outbox_order")]


class NoticeKey(models.Model):
    """Something of which those outside may have to be told. Carries a key, never state."""

    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # Read several times a second, in this order, by who tells of some kinds.
        indexes = [models.Index(fields=["kind", "id"], name="notices_by_kind")]
