"""Applications for the capability, and what came of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.capability.states import DECIDED, ApplicationStatus, GrantStatus
from guazai.control.kernel import ids


class CapabilityApplication(models.Model):
    """One application (申请) of a mini program for a surface; never changed but by its decision."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("cap"))
    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    surface = models.CharField(max_length=32)
    status = models.CharField(
        max_length=16, choices=ApplicationStatus.choices, default=ApplicationStatus.IN_REVIEW
    )
    apply_reason = models.TextField()
    #: The conditions with their actual values, as they were when it was submitted (C1).
    conditions = models.JSONField()
    submitted_by = models.CharField(max_length=64)
    submitted_at = models.DateTimeField()
    due_on = models.DateField()
    #: The due day was counted over a year whose holidays are not published yet (R16).
    due_is_estimated = models.BooleanField(default=False)
    #: The reviewer; never shown to developers.
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)
    #: Dimension → mark (C4).
    marks = models.JSONField(default=dict)
    #: Structured reasons of a rejection (C4).
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            # Applying relies on it: of two racing applications one gets the place (C3).
            models.UniqueConstraint(
                fields=["mini_program", "surface"],
                condition=Q(status=ApplicationStatus.IN_REVIEW),
                name="one_application_in_review",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ApplicationStatus.values), name="application_status_known"
            ),
            # Audits and appeals rely on it: every decision has somebody who took it.
            models.CheckConstraint(
                condition=(Q(status__in=DECIDED, decided_at__isnull=False) & ~Q(decided_by=""))
                | (~Q(status__in=DECIDED) & Q(decided_at__isnull=True, decided_by="")),
                name="application_decided_has_decider",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                condition=Q(status=ApplicationStatus.IN_REVIEW),
                name="applications_by_due",
            ),
            models.Index(
                fields=["mini_program", "surface", "-submitted_at", "-id"],
                name="applications_of",
            ),
        ]


class CapabilityGrant(models.Model):
    """That a mini program has the capability on a surface, or had it until it was revoked."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("grt"))
    mini_program = models.ForeignKey("directory.MiniProgram", models.PROTECT, related_name="+")
    surface = models.CharField(max_length=32)
    status = models.CharField(
        max_length=16, choices=GrantStatus.choices, default=GrantStatus.GRANTED
    )
    application = models.OneToOneField(CapabilityApplication, models.PROTECT, related_name="grant")
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    #: Why it was revoked; empty while it is granted.
    reason = models.TextField(default="")
    #: Since when the credit score is known to be too low; null while it is not.
    flagged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Every reader of "is it granted?" relies on it: one answer per mini program.
            models.UniqueConstraint(fields=["mini_program", "surface"], name="one_grant_each"),
            models.CheckConstraint(
                condition=Q(status__in=GrantStatus.values), name="grant_status_known"
            ),
            # Developers rely on it: whatever was revoked says when and why (C7).
            models.CheckConstraint(
                condition=(Q(status=GrantStatus.GRANTED, revoked_at__isnull=True, reason=""))
                | (Q(status=GrantStatus.REVOKED, revoked_at__isnull=False) & ~Q(reason="")),
                name="grant_revoked_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["-granted_at", "-id"], name="grants_by_time")]
