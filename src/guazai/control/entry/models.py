"""Denies, reminders, and what was last told to the edge."""

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
    """What was last told to the edge under one key: the feed's state, in revisions.

    `digest` is of the content without its version, so that telling the same again is no change.
    """

    key = models.CharField(primary_key=True, max_length=255)
    digest = models.CharField(max_length=64)
    record = models.BinaryField()
    revision = models.PositiveBigIntegerField(db_index=True)


class FeedHead(models.Model):
    """The feed's epoch and last revision.

    Its row lock lets one relay assign revisions at a time, so a revision is never committed after
    a later one.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.PositiveBigIntegerField()
    revision = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_feed_head")]
