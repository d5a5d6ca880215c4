"""Runs and who decides on them, alarms, drafts of policies and their dry runs."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When

from guazai.control.evaluation.states import (
    OPEN,
    AlarmKind,
    Decision,
    DraftStatus,
    DryRunPurpose,
    DryRunStatus,
    ProposalStatus,
    RunKind,
    RunStatus,
)
from guazai.control.kernel import ids

HASH = 64


class Run(models.Model):
    """One evaluation of a feed, or of policies that came into play, and how far it has come."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("run"))
    kind = models.CharField(max_length=16, choices=RunKind.choices)
    status = models.CharField(max_length=16, default=RunStatus.EVALUATING)
    as_of = models.DateField()
    feed_path = models.TextField()
    #: The manifest's hash; empty where the manifest could not be read.
    feed_hash = models.CharField(max_length=HASH, default="")
    #: Names what was tried, so that the evaluator does not try the very same again by itself.
    fingerprint = models.CharField(max_length=HASH)
    #: Accounts in the feed.
    rows = models.PositiveBigIntegerField(default=0)
    #: Policy version → in how many of the 100 buckets of accounts it applies, when adopted.
    shares = models.JSONField(default=dict)
    #: Policy version → what it means for all accounts of the feed.
    summaries = models.JSONField(default=dict)
    #: What it means for the watched accounts: passing now, newly hidden, newly shown, examples.
    watched = models.JSONField(default=dict)
    #: Why the breaker holds it.
    reasons = models.JSONField(default=list)
    #: Why it was refused or failed: code, message, file, row.
    error = models.JSONField(default=dict)
    #: Rows of the plan that are applied, and how many there are.
    cursor = models.PositiveBigIntegerField(default=0)
    planned = models.PositiveBigIntegerField(default=0)
    started_by = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    evaluated_at = models.DateTimeField(null=True)
    adopted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Resuming relies on it: there is one run to go on with, or none.
            models.UniqueConstraint(
                Case(When(status__in=OPEN, then=Value(1))), name="one_open_run"
            ),
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="run_status_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=RunKind.values), name="run_kind_known"),
            # Whoever asks which feed is applied relies on it.
            models.CheckConstraint(
                condition=~Q(status__in=["applying", "applied"]) | Q(adopted_at__isnull=False),
                name="applied_run_was_adopted",
            ),
        ]
        indexes = [models.Index(fields=["kind", "fingerprint"], name="runs_tried")]


class RunProposal(models.Model):
    """One operator's proposal to release or reject a held run (E6)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("rpr"))
    run = models.ForeignKey(Run, models.CASCADE, related_name="proposals")
    decision = models.CharField(max_length=16, choices=Decision.choices)
    status = models.CharField(max_length=16, default=ProposalStatus.PROPOSED)
    reason = models.TextField()
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Confirming relies on it: there is one proposal to confirm, or none.
            models.UniqueConstraint(
                fields=["run"], condition=Q(status="proposed"), name="one_open_run_proposal"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values), name="run_proposal_status_known"
            ),
            models.CheckConstraint(
                condition=Q(decision__in=Decision.values), name="run_decision_known"
            ),
            # Two-person acts rely on it, whatever the code above it does.
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | (~Q(ended_by="") & ~Q(ended_by=F("proposed_by"))),
                name="run_confirmed_by_another",
            ),
        ]


class Alarm(models.Model):
    """Something an operator must look at; it clears by itself once it is mended."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("alm"))
    kind = models.CharField(max_length=32, choices=AlarmKind.choices)
    #: What it is about: a day, a run, a policy version.
    key = models.CharField(max_length=64)
    detail = models.JSONField()
    raised_at = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=64, default="")
    acknowledged_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Raising relies on it: what is open is not raised again.
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(cleared_at__isnull=True), name="one_open_alarm"
            ),
            models.CheckConstraint(condition=Q(kind__in=AlarmKind.values), name="alarm_kind_known"),
        ]


class PolicyDraft(models.Model):
    """The next policy, while it is written (E2)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("pdr"))
    status = models.CharField(max_length=16, default=DraftStatus.DRAFT)
    #: Account types, facts and rules, as `guazai.policy.Policy` writes them.
    body = models.JSONField()
    content_hash = models.CharField(max_length=HASH)
    #: Rises with every edit; whoever edits names the one that they have read.
    revision = models.PositiveIntegerField(default=1)
    note = models.TextField()
    #: The policy version that it became.
    version = models.PositiveIntegerField(null=True, unique=True)
    effective_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    updated_by = models.CharField(max_length=64)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=DraftStatus.values), name="draft_status_known"
            ),
            # Notices ahead and the breaker rely on it: what is scheduled is a version.
            models.CheckConstraint(
                condition=Q(status="scheduled", version__isnull=False, effective_at__isnull=False)
                | (~Q(status="scheduled") & Q(version__isnull=True, effective_at__isnull=True)),
                name="scheduled_draft_is_a_version",
            ),
        ]


class DryRun(models.Model):
    """A draft, or a scheduled policy, tried on the data of today; its report is kept (E2)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("dry"))
    draft = models.ForeignKey(PolicyDraft, models.PROTECT, related_name="dry_runs")
    purpose = models.CharField(max_length=16, choices=DryRunPurpose.choices)
    status = models.CharField(max_length=16, default=DryRunStatus.WAITING)
    content_hash = models.CharField(max_length=HASH)
    #: The feed's day; null where there was no feed and only what was told was judged.
    as_of = models.DateField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    report = models.JSONField(default=dict)
    error = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=64)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # The evaluator relies on it: one to work on for each draft, or none.
            models.UniqueConstraint(
                fields=["draft"],
                condition=Q(status__in=["waiting", "running"]),
                name="one_open_dry_run",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DryRunStatus.values), name="dry_run_status_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=DryRunPurpose.values), name="dry_run_purpose_known"
            ),
            models.CheckConstraint(condition=Q(percent__lte=100), name="dry_run_percent_to_100"),
        ]


class PendingNotice(models.Model):
    """An account whose entry a scheduled policy will hide, and who was not told yet (N1)."""

    dry_run = models.ForeignKey(DryRun, models.CASCADE, related_name="pending_notices")
    account = models.ForeignKey("directory.DouyinAccount", models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            # A dry run that was begun again relies on it.
            models.UniqueConstraint(
                fields=["dry_run", "account"], name="one_pending_notice_per_account"
            ),
        ]
