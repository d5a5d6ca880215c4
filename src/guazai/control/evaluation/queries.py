"""Reading runs, alarms, drafts and dry runs."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import F, Model, QuerySet

from guazai.control.eligibility import queries as eligibility
from guazai.control.evaluation import breaker
from guazai.control.evaluation.errors import POLICIES_CHANGED
from guazai.control.evaluation.models import Alarm, DryRun, PolicyDraft, Run, RunProposal
from guazai.control.evaluation.states import (
    OPEN,
    SETTLED,
    DraftStatus,
    DryRunPurpose,
    DryRunStatus,
    ProposalStatus,
    RunKind,
    RunStatus,
)
from guazai.control.kernel import clock
from guazai.control.kernel.errors import NOT_FOUND
from guazai.policy import Policy
from guazai.policy.stages import BUCKETS

M = TypeVar("M", bound=Model)
#: The content of a draft is judged, and compared, as if it were this version of this time.
_DRAFT = {"version": 1, "effective_at": "2024-08-15T00:00:00+08:00"}
#: What failed by our own trouble is tried again after so long.
RETRY_AFTER = timedelta(minutes=5)


def runs() -> QuerySet[Run]:
    """Every run."""
    return Run.objects.all()


def run(run_id: str) -> Run:
    """One run; raises `not_found`."""
    return _one(runs(), run_id)


def open_run() -> Run | None:
    """The run that is worked on, or is to be gone on with."""
    return runs().filter(status__in=OPEN).first()


def last_applied() -> Run | None:
    """The run of the feed that the verdicts stand on: applied, or being applied."""
    feeds = runs().filter(kind=RunKind.FEED, status__in=[RunStatus.APPLYING, RunStatus.APPLIED])
    return feeds.order_by("-adopted_at", "-pk").first()


def last_adopted() -> Run | None:
    """The run that decided last which masks are current."""
    return runs().filter(adopted_at__isnull=False).order_by("-adopted_at", "-pk").first()


def last_adopted_before(run: Run) -> Run | None:
    """The run whose masks were current until `run` was adopted, or are while it is not."""
    before = runs().filter(adopted_at__isnull=False).exclude(pk=run.pk)
    if run.adopted_at is not None:
        before = before.filter(adopted_at__lte=run.adopted_at)
    return before.order_by("-adopted_at", "-pk").first()


def held_runs() -> QuerySet[Run]:
    """The runs that wait for two people, oldest first."""
    return runs().filter(status=RunStatus.HELD).order_by("pk")


def is_tried(kind: RunKind, fingerprint: str) -> bool:
    """Whether the evaluator is not to try this by itself, or not yet."""
    tried = runs().filter(kind=kind, fingerprint=fingerprint)
    failed = tried.filter(status=RunStatus.FAILED, ended_at__gt=clock.now() - RETRY_AFTER)
    # That policies changed meanwhile is nobody's trouble: there is nothing to wait for.
    failed = failed.exclude(error__code=POLICIES_CHANGED.name)
    return tried.filter(status__in=SETTLED).exists() or failed.exists()


def applied_feed() -> breaker.Applied | None:
    """What the breaker compares the next feed with."""
    last = last_applied()
    return None if last is None else breaker.Applied(last.as_of, last.rows, last.feed_hash)


def masks_of(run: Run, version: int) -> Path:
    """Where the masks are that `run` made under one policy version."""
    return directory(run.pk) / f"v{version}"


def directory(name: str) -> Path:
    """The directory of one run or dry run, whose id is `name`."""
    return Path(settings.CONFIG.masks / name)


def kept_directories() -> set[str]:
    """The runs whose masks are still of use: current, held, being made, or applied before."""
    current = {row.run_id for row in eligibility.current_masks()}
    waiting = runs().filter(status__in=[*OPEN, RunStatus.HELD]).values_list("pk", flat=True)
    done = runs().filter(status=RunStatus.APPLIED).order_by("-adopted_at", "-pk")
    before = done.values_list("pk", flat=True)[:2]
    working = DryRun.objects.filter(status=DryRunStatus.RUNNING).values_list("pk", flat=True)
    return current | set(waiting) | set(before) | set(working)


def bucket_versions(at: datetime) -> list[int | None]:
    """For each of the 100 buckets of accounts the policy version that applies to it at `at`."""
    playing = eligibility.policies_in_play(at)
    return [
        next((policy.version for policy in playing if place < policy.share(at)), None)
        for place in range(BUCKETS)
    ]


def shares(buckets: list[int | None]) -> dict[str, int]:
    """Policy version → to how many buckets it applies, as a run keeps it."""
    versions = sorted({version for version in buckets if version is not None})
    return {str(version): buckets.count(version) for version in versions}


def proposals() -> QuerySet[RunProposal]:
    """Every proposal."""
    return RunProposal.objects.select_related("run")


def open_proposal(run: Run) -> RunProposal | None:
    """The proposal for `run` that waits for a second person; None where it has expired."""
    return (
        proposals()
        .filter(run=run, status=ProposalStatus.PROPOSED, expires_at__gt=clock.now())
        .first()
    )


def newest_proposal(run: Run) -> RunProposal | None:
    """The last proposal for `run`, however it ended."""
    return proposals().filter(run=run).order_by("-pk").first()


def run_actions(run: Run, proposal: RunProposal | None, operator_id: str) -> list[str]:
    """What the operator can do with `run` now."""
    if run.status != RunStatus.HELD:
        return []
    if proposal is None:
        return ["propose"]
    is_own = proposal.proposed_by == operator_id
    return ["withdraw_proposal"] if is_own else ["confirm", "withdraw_proposal"]


def alarms() -> QuerySet[Alarm]:
    """Every alarm."""
    return Alarm.objects.all()


def open_alarms() -> QuerySet[Alarm]:
    """The alarms that are not mended yet, oldest first."""
    return alarms().filter(cleared_at__isnull=True).order_by("pk")


def alarm(alarm_id: str) -> Alarm:
    """One alarm; raises `not_found`."""
    return _one(alarms(), alarm_id)


def alarm_actions(alarm: Alarm) -> list[str]:
    """What an operator can do with `alarm`."""
    return [] if alarm.cleared_at or alarm.acknowledged_at else ["acknowledge"]


def drafts() -> QuerySet[PolicyDraft]:
    """Every draft."""
    return PolicyDraft.objects.all()


def draft(draft_id: str) -> PolicyDraft:
    """One draft; raises `not_found`."""
    return _one(drafts(), draft_id)


def draft_actions(draft: PolicyDraft) -> list[str]:
    """What an operator can do with `draft` now."""
    if draft.status != DraftStatus.DRAFT:
        return []
    offered = {
        "edit": True,
        "dry_run": open_dry_run(draft) is None,
        "schedule": valid_dry_run(draft) is not None,
        "discard": True,
    }
    return [name for name, is_offered in offered.items() if is_offered]


def draft_json(body: dict[str, Any]) -> dict[str, Any]:
    """A draft's content as a whole policy, so that equal contents are equal policies."""
    return {**body, **_DRAFT}


def draft_policy(draft: PolicyDraft) -> Policy:
    """The policy that a draft would be."""
    return Policy.from_json(draft_json(draft.body))


def published(draft: PolicyDraft) -> Policy:
    """The policy that a scheduled draft became; raises `not_found` for another."""
    return Policy.from_json(eligibility.policy(draft.version or 0).body)


def dry_runs(draft: PolicyDraft) -> QuerySet[DryRun]:
    """What was asked of a draft."""
    return DryRun.objects.filter(draft=draft, purpose=DryRunPurpose.TRIAL)


def dry_run(draft: PolicyDraft, dry_run_id: str) -> DryRun:
    """One of them; raises `not_found`."""
    return _one(dry_runs(draft), dry_run_id)


def open_dry_run(draft: PolicyDraft) -> DryRun | None:
    """The dry run of `draft` that waits or is worked on."""
    return DryRun.objects.filter(
        draft=draft, status__in=[DryRunStatus.WAITING, DryRunStatus.RUNNING]
    ).first()


def valid_dry_run(draft: PolicyDraft) -> DryRun | None:
    """The newest done dry run of exactly what `draft` says now."""
    done = dry_runs(draft).filter(status=DryRunStatus.DONE, content_hash=draft.content_hash)
    return done.order_by("-pk").first()


def next_dry_run() -> DryRun | None:
    """The dry run to work on next: one that was begun, else one that an operator waits for."""
    waiting = DryRun.objects.filter(status__in=[DryRunStatus.RUNNING, DryRunStatus.WAITING])
    return waiting.select_related("draft").order_by("status", "-purpose", "pk").first()


def scheduled(at: datetime) -> QuerySet[PolicyDraft]:
    """The drafts that are scheduled, and not in effect at `at`."""
    return drafts().filter(status=DraftStatus.SCHEDULED, effective_at__gt=at)


def expected_hidden() -> int:
    """How many watched accounts the dry runs said are hidden by what came into play since."""
    last = last_adopted()
    before = last.shares if last else {}
    expected = 0
    for version, share in shares(bucket_versions(clock.now())).items():
        draft = drafts().filter(version=version).first()
        done = draft and valid_dry_run(draft)
        if done and (grown := share - before.get(version, 0)) > 0:
            expected += -(-int(done.report["watched"]["hide"]) * grown // BUCKETS)
    return expected


def last_due_day(now: datetime) -> date:
    """The last day whose feed is to be applied by `now` (E6)."""
    local = now.astimezone(clock.SHANGHAI)
    is_due = local.time() >= settings.CONFIG.feed_due
    return local.date() - timedelta(days=1 if is_due else 2)


def is_late() -> bool:
    """Whether feeds are in use, and the verdicts are of an older day than they should be."""
    last = last_applied()
    return last is not None and last.as_of < last_due_day(clock.now())


def unsent_notices() -> DryRun | None:
    """A dry run whose notices were not all sent."""
    pending = DryRun.objects.filter(pending_notices__isnull=False, status=DryRunStatus.DONE)
    return pending.select_related("draft").order_by("pk").first()


def needs_notices(at: datetime, final_days: int) -> QuerySet[PolicyDraft]:
    """Scheduled drafts for which nobody looked yet whom to tell, or not in their last days."""
    coming = scheduled(at)
    final = timedelta(days=final_days)
    looked = DryRun.objects.filter(purpose=DryRunPurpose.NOTICE)
    ever = looked.values("draft")
    lately = looked.filter(requested_at__gte=F("draft__effective_at") - final).values("draft")
    never = coming.exclude(pk__in=ever)
    again = coming.filter(effective_at__lte=at + final).exclude(pk__in=lately)
    return (never | again).order_by("pk")


def _one(rows: QuerySet[M], pk: str) -> M:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NOT_FOUND()
    return found
