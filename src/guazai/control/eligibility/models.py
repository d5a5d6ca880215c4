"""Policy versions, what was told about accounts, the masks that are current, and verdicts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids
from guazai.policy.stages import BUCKETS


class PolicyVersion(models.Model):
    """One version of the creator rules (抖音经营规范); never changed once published (E2)."""

    version = models.PositiveIntegerField(primary_key=True)
    effective_at = models.DateTimeField(db_index=True)
    #: The policy as `guazai.policy.Policy.to_json` writes it.
    body = models.JSONField()
    content_hash = models.CharField(max_length=64)
    reason = models.TextField()
    published_by = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Numbering relies on it: the next version is the last plus one, from one.
            models.CheckConstraint(condition=Q(version__gte=1), name="policy_version_from_one"),
        ]


class CurrentMasks(models.Model):
    """The masks that accounts are judged by under one policy, and the feed they were made from.

    Whoever judges by masks keeps the table; whoever adopts others waits to change it.
    """

    policy_version = models.OneToOneField(
        PolicyVersion, models.PROTECT, primary_key=True, related_name="+"
    )
    #: The run that made them.
    run_id = models.CharField(max_length=ids.LENGTH)
    path = models.TextField()
    as_of = models.DateField()
    feed_path = models.TextField()
    feed_hash = models.CharField(max_length=64)
    adopted_at = models.DateTimeField()


class AccountFacts(models.Model):
    """What was told about an account whose standing is kept here: it is bound, or was told of.

    Its row lock is that of the account's verdict.
    """

    account = models.OneToOneField(
        "directory.DouyinAccount", models.CASCADE, primary_key=True, related_name="facts"
    )
    #: Fact → value and day, of all that no feed has taken the place of (E3).
    told = models.JSONField(default=dict)
    #: The day of the full record that the other facts lie over; null where that is the feed's mask.
    full_as_of = models.DateField(null=True)
    #: The earliest day of what was told; null where nothing is.
    oldest_as_of = models.DateField(null=True, db_index=True)
    #: The feed that the account was last judged by; empty where the last one does not know it.
    feed_hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            # Finding what a feed takes the place of relies on it.
            models.CheckConstraint(
                condition=Q(oldest_as_of__isnull=False) | Q(full_as_of__isnull=True, told={}),
                name="facts_told_have_a_day",
            ),
        ]


class Verdict(models.Model):
    """Whether one account passes. In the order (as_of, revision) it only ever moves forward."""

    account = models.OneToOneField(
        "directory.DouyinAccount", models.CASCADE, primary_key=True, related_name="verdict"
    )
    policy_version = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="verdicts", db_index=False
    )
    #: The hundredth of all accounts that a staged policy takes in as one.
    bucket = models.PositiveSmallIntegerField()
    #: The type that the account had when it was judged.
    account_type = models.CharField(max_length=16)
    as_of = models.DateField()
    revision = models.PositiveIntegerField()
    is_passed = models.BooleanField()
    #: Reason codes of the rules not met, in the policy's order.
    failed = models.JSONField()
    judged_at = models.DateTimeField()

    class Meta:
        indexes = [
            # To find, at a stage, the few that another policy judges from now on.
            models.Index(fields=["policy_version", "bucket"], name="verdict_by_policy_and_bucket"),
        ]
        constraints = [
            # The edge relies on it: it keeps the greatest (as_of, revision), from one on each day.
            models.CheckConstraint(condition=Q(revision__gte=1), name="verdict_revision_from_one"),
            # Stages rely on it: every account is in one of the hundredths.
            models.CheckConstraint(
                condition=Q(bucket__gte=0, bucket__lt=BUCKETS), name="verdict_bucket_known"
            ),
            # Whoever explains a verdict relies on it: it fails exactly when a rule is not met.
            models.CheckConstraint(
                condition=Q(is_passed=True, failed=[]) | (Q(is_passed=False) & ~Q(failed=[])),
                name="verdict_fails_for_a_reason",
            ),
        ]
