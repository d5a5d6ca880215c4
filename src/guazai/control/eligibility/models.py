"""Policy versions, what is known about accounts, and the verdicts on them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


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


class AccountFacts(models.Model):
    """What is known about one account; a fact without a value is not there (E3)."""

    account = models.OneToOneField(
        "directory.DouyinAccount", models.CASCADE, primary_key=True, related_name="facts"
    )
    as_of = models.DateField()
    revision = models.PositiveIntegerField()
    values = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The order (as_of, revision) relies on it: each day starts at one.
            models.CheckConstraint(condition=Q(revision__gte=1), name="facts_revision_from_one"),
        ]


class Verdict(models.Model):
    """Whether one account passes. In the order (as_of, revision) it only ever moves forward."""

    account = models.OneToOneField(
        "directory.DouyinAccount", models.CASCADE, primary_key=True, related_name="verdict"
    )
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="verdicts")
    #: The type that the account had when it was judged.
    account_type = models.CharField(max_length=16)
    as_of = models.DateField()
    revision = models.PositiveIntegerField()
    is_passed = models.BooleanField()
    #: Reason codes of the rules not met, in the policy's order.
    failed = models.JSONField()
    judged_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The edge relies on it: it keeps the greatest (as_of, revision), from one on each day.
            models.CheckConstraint(condition=Q(revision__gte=1), name="verdict_revision_from_one"),
            # Whoever explains a verdict relies on it: it fails exactly when a rule is not met.
            models.CheckConstraint(
                condition=Q(is_passed=True, failed=[]) | (Q(is_passed=False) & ~Q(failed=[])),
                name="verdict_fails_for_a_reason",
            ),
        ]
