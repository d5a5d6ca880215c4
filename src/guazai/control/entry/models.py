"""Denies, reminders, what the edge was told, and its nodes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.entry.states import DenyStatus
from guazai.control.kernel import ids
from guazai.feed.records import Scope


class Deny(models.Model):
    """封禁入口: an account, a mini program, a legal entity or everything shows no entry (G1)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("dny"))
    scope = models.CharField(max_length=16)
    #: The aweme_id, app_id or entity_id; empty for everything.
    target = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=16, default=DenyStatus.ACTIVE)
    reason = models.TextField()
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.CharField(max_length=64, default="")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Lifting relies on it: there is one deny to lift, or none.
            models.UniqueConstraint(
                fields=["scope", "target"],
                condition=Q(status="active"),
                name="one_active_deny_per_target",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=[scope.value for scope in Scope]), name="deny_scope_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=DenyStatus.values), name="deny_status_known"
            ),
            # The audit relies on it: nothing is lifted by nobody.
            models.CheckConstraint(
                condition=~Q(status="lifted") | (~Q(lifted_by="") & Q(lifted_at__isnull=False)),
                name="lifted_implies_lifter",
            ),
            models.CheckConstraint(
                condition=(Q(scope="global") & Q(target="")) | (~Q(scope="global") & ~Q(target="")),
                name="only_global_has_no_target",
            ),
        ]


class MergedDeny(models.Model):
    """A deny laid by break-glass while the control plane was away, and the deny that it became.

    Nodes hand it in until they are told to drop it, also long after that deny was lifted.
    """

    id = models.CharField(primary_key=True, max_length=64)
    deny = models.ForeignKey(Deny, models.PROTECT, related_name="+")
    signed_by = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    merged_at = models.DateTimeField()


class ResolverNode(models.Model):
    """What a resolver node last said of itself to the relay, which writes it down every second."""

    name = models.CharField(primary_key=True, max_length=128)
    #: Another one each time that its follower starts.
    boot = models.CharField(max_length=64)
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    lease_until = models.DateTimeField()
    is_in_rotation = models.BooleanField()
    epoch = models.PositiveBigIntegerField(null=True)
    revision = models.PositiveBigIntegerField(null=True)
    overlay_boot = models.CharField(max_length=64, blank=True)
    overlay_count = models.PositiveBigIntegerField(null=True)
    feed_age_ms = models.PositiveBigIntegerField(null=True)
    drift_found = models.PositiveBigIntegerField()
    drift_mended = models.PositiveBigIntegerField()
    software = models.CharField(max_length=64)


class Reminder(models.Model):
    """A developer's reminder to an owner whose account fails the rules (E5)."""

    account = models.ForeignKey("directory.DouyinAccount", models.CASCADE, related_name="+")
    mini_program = models.ForeignKey("directory.MiniProgram", models.CASCADE, related_name="+")
    sent_on = models.DateField()

    class Meta:
        constraints = [
            # "At most one a day" relies on it.
            models.UniqueConstraint(
                fields=["account", "mini_program", "sent_on"], name="one_reminder_a_day"
            ),
        ]


class EdgeRecord(models.Model):
    """What the edge was last told under one key: all of them are the feed's log, compacted.

    `key` and `value` are a sealed record (`feed.codec`); both databases order keys as nodes do.
    """

    key = models.BinaryField(primary_key=True)
    value = models.BinaryField()
    #: A tail is these in order; no two are told at once.
    revision = models.PositiveBigIntegerField(unique=True)
    bucket = models.PositiveSmallIntegerField(db_index=True)
    #: Since when it says as little as no record at all: a tombstone, or a deny that was lifted.
    blank_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Tombstones are looked for by age.
            models.Index(
                fields=["blank_since"],
                condition=Q(blank_since__isnull=False),
                name="blank_edge_records",
            ),
        ]


class FeedHead(models.Model):
    """The feed's epoch and last revision.

    Its row lock lets one relay assign revisions at a time, so a revision is never committed after
    a later one.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.PositiveBigIntegerField()
    revision = models.PositiveBigIntegerField(default=0)
    #: Tombstones up to this revision may be gone: a tail from before it would not tell of them.
    purged = models.PositiveBigIntegerField(default=0)
    #: The relay that started last; an older one ends.
    relay_boot = models.CharField(max_length=64, default="")
    #: By which edge key the records are sealed.
    edge_key_id = models.CharField(max_length=32, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_feed_head")]
