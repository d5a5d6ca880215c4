"""The lives of runs, proposals, drafts and dry runs, and the closed sets of evaluation."""

from __future__ import annotations

from django.db import models

from guazai.control.kernel.transitions import Table, step


class RunKind(models.TextChoices):
    """What a run applies: a day's feed, or policies that came into play."""

    FEED = "feed"
    POLICY = "policy"


class RunStatus(models.TextChoices):
    """Where a run stands; only `applying` and `applied` have changed what is shown."""

    EVALUATING = "evaluating"
    #: The feed is not as it must be (E6, R13).
    REFUSED = "refused"
    #: Our own trouble; the same feed is tried again.
    FAILED = "failed"
    #: The breaker holds it until two people decide (E6, R14).
    HELD = "held"
    APPLYING = "applying"
    REJECTED = "rejected"
    #: Another run was applied while this one was held: what it would change is not true any more.
    SUPERSEDED = "superseded"
    APPLIED = "applied"


#: A run that somebody works on, or is to go on with; there is at most one.
OPEN = (RunStatus.EVALUATING, RunStatus.APPLYING)
#: Runs after which the same feed is not tried again.
SETTLED = (
    RunStatus.REFUSED,
    RunStatus.HELD,
    RunStatus.APPLYING,
    RunStatus.REJECTED,
    RunStatus.APPLIED,
)

RUN_TRANSITIONS: Table = {
    "refuse": step(RunStatus.EVALUATING, RunStatus.REFUSED),
    "fail": step(RunStatus.EVALUATING, RunStatus.FAILED),
    "hold": step(RunStatus.EVALUATING, RunStatus.HELD),
    "apply": step(RunStatus.EVALUATING, RunStatus.APPLYING),
    "release": step(RunStatus.HELD, RunStatus.APPLYING),
    "reject": step(RunStatus.HELD, RunStatus.REJECTED),
    "supersede": step(RunStatus.HELD, RunStatus.SUPERSEDED),
    "finish": step(RunStatus.APPLYING, RunStatus.APPLIED),
}


class Decision(models.TextChoices):
    """What is proposed for a held run."""

    RELEASE = "release"
    REJECT = "reject"


class ProposalStatus(models.TextChoices):
    """A proposal waits for a second person, for a while."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


PROPOSAL_TRANSITIONS: Table = {
    "confirm": step(ProposalStatus.PROPOSED, ProposalStatus.CONFIRMED),
    "withdraw": step(ProposalStatus.PROPOSED, ProposalStatus.WITHDRAWN),
    "expire": step(ProposalStatus.PROPOSED, ProposalStatus.EXPIRED),
}


class DraftStatus(models.TextChoices):
    """A draft is edited until it is scheduled as a policy version, or discarded."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    DISCARDED = "discarded"


DRAFT_TRANSITIONS: Table = {
    "edit": step(DraftStatus.DRAFT, DraftStatus.DRAFT),
    "schedule": step(DraftStatus.DRAFT, DraftStatus.SCHEDULED),
    "discard": step(DraftStatus.DRAFT, DraftStatus.DISCARDED),
}


class DryRunPurpose(models.TextChoices):
    """Why a policy is tried on today's data."""

    #: Somebody asked what a draft would do (E2).
    TRIAL = "trial"
    #: The policy is scheduled: those whom it will hide are told ahead (N1).
    NOTICE = "notice"


class DryRunStatus(models.TextChoices):
    """A dry run waits for the evaluator."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


DRY_RUN_TRANSITIONS: Table = {
    "start": step((DryRunStatus.WAITING, DryRunStatus.RUNNING), DryRunStatus.RUNNING),
    "finish": step(DryRunStatus.RUNNING, DryRunStatus.DONE),
    "fail": step(DryRunStatus.RUNNING, DryRunStatus.FAILED),
}


class AlarmKind(models.TextChoices):
    """What an operator is alarmed about (E6)."""

    FEED_REFUSED = "feed_refused"
    FEED_LATE = "feed_late"
    RUN_HELD = "run_held"
    RUN_FAILED = "run_failed"
    #: A policy takes effect, and the feed to judge by is not there any more.
    POLICY_FEED_MISSING = "policy_feed_missing"
