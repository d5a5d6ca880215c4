"""Runs, alarms, policy drafts and dry runs, for operators alone (E2, E6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Status
from pydantic import StringConstraints

from guazai.control.directory import queries as directory
from guazai.control.eligibility.answers import RuleOut
from guazai.control.evaluation import actions, alarms, drafting, queries
from guazai.control.evaluation.answers import (
    BreakerReasonOut,
    EmptyOut,
    FeedErrorOut,
    ReportOut,
    SummaryOut,
    WatchedOut,
    WorkErrorOut,
)
from guazai.control.evaluation.models import Alarm, DryRun, PolicyDraft, Run, RunProposal
from guazai.control.evaluation.states import (
    AlarmKind,
    Decision,
    DraftStatus,
    DryRunStatus,
    ProposalStatus,
    RunKind,
    RunStatus,
)
from guazai.control.kernel import clock, doors
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.http import Body, Instant, Out, Page, PageParams, actor, page
from guazai.policy import FactType

router = Router(tags=["operator"])

Scalar = bool | int | float | str
Words = Annotated[str, StringConstraints(max_length=1000)]
Why = Annotated[str, Field(min_length=1, max_length=500)]
#: What a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RunProposalOut(Out):
    """A proposal to release or reject a held run."""

    id: str
    decision: Decision
    status: ProposalStatus
    reason: str
    proposed_by: str
    proposed_by_name: str
    proposed_at: datetime
    expires_at: datetime
    ended_by: str
    ended_by_name: str
    ended_at: datetime | None


class RunOut(Out):
    """One run: what it found for all accounts and for watched ones, and how far it has come."""

    id: str
    kind: RunKind
    status: RunStatus
    as_of: date
    feed_hash: str
    rows: int
    shares: dict[str, int]
    summaries: dict[str, SummaryOut]
    watched: WatchedOut | EmptyOut
    reasons: list[BreakerReasonOut]
    error: FeedErrorOut | WorkErrorOut | EmptyOut
    applied: int
    planned: int
    started_by: str
    started_at: datetime
    evaluated_at: datetime | None
    adopted_at: datetime | None
    ended_at: datetime | None
    proposal: RunProposalOut | None
    available_actions: list[str]


class ProposeIn(Body):
    """What to do with a held run, and why."""

    decision: Literal["release", "reject"]
    reason: Why


class AlarmOut(Out):
    """One alarm; `cleared_at` is null while it is open."""

    id: str
    kind: AlarmKind
    key: str
    detail: dict[str, Any]
    raised_at: datetime
    acknowledged_by: str
    acknowledged_by_name: str
    acknowledged_at: datetime | None
    cleared_at: datetime | None
    available_actions: list[str]


class DraftTextIn(Body):
    """A text in both languages."""

    zh: Words
    en: Words


class DraftRuleIn(Body):
    """One rule; `value` is null for operators that take none, a list for `in` and `not_in`."""

    fact: Words
    op: Words
    value: Scalar | Annotated[list[Scalar], Field(max_length=1000)] | None = None
    reason: Words
    label: DraftTextIn
    how_to_fix: DraftTextIn


class DraftIn(Body):
    """The content of a policy; `account_types` null is all of them."""

    account_types: Annotated[list[Words], Field(max_length=100)] | None = None
    facts: Annotated[dict[Words, Words], Field(max_length=100)]
    rules: Annotated[list[DraftRuleIn], Field(max_length=100)]
    note: str = Field("", max_length=500)


class DraftEditIn(DraftIn):
    """The new content, and the revision that it was made from."""

    revision: int = Field(ge=1)


class StageIn(Body):
    """From `at` on the policy applies to `percent` of all accounts."""

    percent: int
    at: Instant


class ScheduleIn(Body):
    """When a draft takes effect: at once for all, or by stages."""

    effective_at: Instant
    staged: bool = False
    stages: Annotated[list[StageIn], Field(max_length=20)] | None = None
    reason: Why


class DraftOut(Out):
    """One draft; `version` is the policy version that it became."""

    id: str
    status: DraftStatus
    revision: int
    account_types: list[str] | None
    facts: dict[str, FactType]
    rules: list[RuleOut]
    note: str
    content_hash: str
    version: int | None
    effective_at: datetime | None
    created_by: str
    created_by_name: str
    created_at: datetime
    updated_by: str
    updated_by_name: str
    updated_at: datetime
    available_actions: list[str]


class DryRunOut(Out):
    """One dry run: how far it is, and its report once it is done."""

    id: str
    status: DryRunStatus
    percent: int
    content_hash: str
    is_current: bool
    as_of: date | None
    report: ReportOut | EmptyOut
    error: WorkErrorOut | EmptyOut
    requested_by: str
    requested_by_name: str
    requested_at: datetime
    ended_at: datetime | None


def _render_proposal(proposal: RunProposal | None) -> RunProposalOut | None:
    if proposal is None:
        return None
    is_over = proposal.status == "proposed" and proposal.expires_at <= clock.now()
    return RunProposalOut(
        id=proposal.pk,
        decision=Decision(proposal.decision),
        status=ProposalStatus.EXPIRED if is_over else ProposalStatus(proposal.status),
        reason=proposal.reason,
        proposed_by=proposal.proposed_by,
        proposed_by_name=directory.name_of_actor(proposal.proposed_by),
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        ended_by=proposal.ended_by,
        ended_by_name=directory.name_of_actor(proposal.ended_by),
        ended_at=proposal.ended_at,
    )


def _render_run(run: Run, operator_id: str) -> RunOut:
    return RunOut(
        id=run.pk,
        kind=RunKind(run.kind),
        status=RunStatus(run.status),
        as_of=run.as_of,
        feed_hash=run.feed_hash,
        rows=run.rows,
        shares=run.shares,
        summaries=run.summaries,
        watched=run.watched,
        reasons=run.reasons,
        error=run.error,
        applied=run.cursor,
        planned=run.planned,
        started_by=run.started_by,
        started_at=run.started_at,
        evaluated_at=run.evaluated_at,
        adopted_at=run.adopted_at,
        ended_at=run.ended_at,
        proposal=_render_proposal(queries.newest_proposal(run)),
        available_actions=queries.run_actions(run, queries.open_proposal(run), operator_id),
    )


def _proposal(run: Run) -> RunProposal:
    found = queries.newest_proposal(run)
    if found is None:
        raise NOT_FOUND()
    return found


@router.get("/operator/runs", response=Page[RunOut], auth=doors.operator)
def list_runs(
    request: HttpRequest,
    paging: PageParams,
    status: RunStatus | None = None,
    kind: RunKind | None = None,
) -> Page[RunOut]:
    """Runs, newest first."""
    wanted = {"status": status, "kind": kind}
    rows = queries.runs().filter(**{k: v for k, v in wanted.items() if v is not None})
    return page(rows, paging, lambda run: _render_run(run, actor(request).id))


@router.get("/operator/runs/{run_id}", response=RunOut, auth=doors.operator)
def read_run(request: HttpRequest, run_id: str) -> RunOut:
    """One run: what it did, or would do if it were released."""
    return _render_run(queries.run(run_id), actor(request).id)


@router.post("/operator/runs/{run_id}/propose", response={201: RunOut}, auth=doors.operator)
def propose(request: HttpRequest, run_id: str, body: ProposeIn) -> Status[RunOut]:
    """Propose to release or reject a held run; another operator confirms within 30 minutes."""
    run = queries.run(run_id)
    actions.propose(actor(request), run, Decision(body.decision), body.reason)
    return Status(201, _render_run(run, actor(request).id))


@router.post("/operator/runs/{run_id}/confirm", response=RunOut, auth=doors.operator)
def confirm(request: HttpRequest, run_id: str) -> RunOut:
    """Confirm another operator's proposal; a released run is applied by the evaluator."""
    actions.confirm(actor(request), _proposal(queries.run(run_id)))
    return _render_run(queries.run(run_id), actor(request).id)


@router.post("/operator/runs/{run_id}/withdraw-proposal", response=RunOut, auth=doors.operator)
def withdraw_proposal(request: HttpRequest, run_id: str) -> RunOut:
    """Take a proposal back, or turn it down; the run stays held."""
    run = queries.run(run_id)
    actions.withdraw_proposal(actor(request), _proposal(run))
    return _render_run(run, actor(request).id)


def _render_alarm(alarm: Alarm) -> AlarmOut:
    return AlarmOut(
        id=alarm.pk,
        kind=AlarmKind(alarm.kind),
        key=alarm.key,
        detail=alarm.detail,
        raised_at=alarm.raised_at,
        acknowledged_by=alarm.acknowledged_by,
        acknowledged_by_name=directory.name_of_actor(alarm.acknowledged_by),
        acknowledged_at=alarm.acknowledged_at,
        cleared_at=alarm.cleared_at,
        available_actions=queries.alarm_actions(alarm),
    )


@router.get("/operator/alarms", response=Page[AlarmOut], auth=doors.operator)
def list_alarms(
    request: HttpRequest, paging: PageParams, status: Literal["open", "cleared"] = "open"
) -> Page[AlarmOut]:
    """Alarms, newest first: those that are open, or those that were mended."""
    rows = queries.alarms().filter(cleared_at__isnull=status == "open")
    return page(rows, paging, _render_alarm)


@router.post("/operator/alarms/{alarm_id}/acknowledge", response=AlarmOut, auth=doors.operator)
def acknowledge_alarm(request: HttpRequest, alarm_id: str) -> AlarmOut:
    """Say that somebody looks after it; it stays open until it is mended."""
    alarm = queries.alarm(alarm_id)
    alarms.acknowledge(actor(request), alarm)
    return _render_alarm(alarm)


def _render_draft(draft: PolicyDraft) -> DraftOut:
    return DraftOut(
        id=draft.pk,
        status=DraftStatus(draft.status),
        revision=draft.revision,
        account_types=draft.body["account_types"],
        facts=draft.body["facts"],
        rules=draft.body["rules"],
        note=draft.note,
        content_hash=draft.content_hash,
        version=draft.version,
        effective_at=draft.effective_at,
        created_by=draft.created_by,
        created_by_name=directory.name_of_actor(draft.created_by),
        created_at=draft.created_at,
        updated_by=draft.updated_by,
        updated_by_name=directory.name_of_actor(draft.updated_by),
        updated_at=draft.updated_at,
        available_actions=queries.draft_actions(draft),
    )


def _content(body: DraftIn) -> dict[str, Any]:
    return body.model_dump(include={"account_types", "facts", "rules"})


@router.get("/operator/policy-drafts", response=Page[DraftOut], auth=doors.operator)
def list_drafts(
    request: HttpRequest,
    paging: PageParams,
    status: DraftStatus | None = None,
) -> Page[DraftOut]:
    """Policy drafts, newest first."""
    rows = queries.drafts() if status is None else queries.drafts().filter(status=status)
    return page(rows, paging, _render_draft)


@router.post("/operator/policy-drafts", response={201: DraftOut}, auth=doors.operator)
def create_draft(request: HttpRequest, body: DraftIn) -> Status[DraftOut]:
    """Begin a draft of the next policy (E2); everything wrong with it is listed."""
    draft = drafting.create_draft(actor(request), _content(body), body.note)
    return Status(201, _render_draft(draft))


@router.get("/operator/policy-drafts/{draft_id}", response=DraftOut, auth=doors.operator)
def read_draft(request: HttpRequest, draft_id: str) -> DraftOut:
    """One draft."""
    return _render_draft(queries.draft(draft_id))


@router.put("/operator/policy-drafts/{draft_id}", response=DraftOut, auth=doors.operator)
def edit_draft(request: HttpRequest, draft_id: str, body: DraftEditIn) -> DraftOut:
    """Replace the content of a draft."""
    draft = queries.draft(draft_id)
    drafting.edit_draft(actor(request), draft, _content(body), body.note, body.revision)
    return _render_draft(draft)


@router.delete("/operator/policy-drafts/{draft_id}", response={204: None}, auth=doors.operator)
def discard_draft(request: HttpRequest, draft_id: str) -> Status[None]:
    """Put a draft away."""
    drafting.discard_draft(actor(request), queries.draft(draft_id))
    return Status(204, None)


@router.post("/operator/policy-drafts/{draft_id}/schedule", response=DraftOut, auth=doors.operator)
def schedule_draft(request: HttpRequest, draft_id: str, body: ScheduleIn) -> DraftOut:
    """Publish a draft that was dry-run; it takes effect by itself at its time (E2)."""
    draft = queries.draft(draft_id)
    stages = _stages(body)
    drafting.schedule(actor(request), draft, body.effective_at, stages, body.reason)
    return _render_draft(queries.draft(draft_id))


def _stages(body: ScheduleIn) -> Sequence[Mapping[str, Any]]:
    if body.stages is not None:
        return [{"percent": each.percent, "at": each.at.isoformat()} for each in body.stages]
    return drafting.default_stages(body.effective_at) if body.staged else []


def _render_dry_run(dry_run: DryRun) -> DryRunOut:
    return DryRunOut(
        id=dry_run.pk,
        status=DryRunStatus(dry_run.status),
        percent=dry_run.percent,
        content_hash=dry_run.content_hash,
        is_current=dry_run.content_hash == dry_run.draft.content_hash,
        as_of=dry_run.as_of,
        report=dry_run.report,
        error=dry_run.error,
        requested_by=dry_run.requested_by,
        requested_by_name=directory.name_of_actor(dry_run.requested_by),
        requested_at=dry_run.requested_at,
        ended_at=dry_run.ended_at,
    )


@router.get(
    "/operator/policy-drafts/{draft_id}/dry-runs", response=Page[DryRunOut], auth=doors.operator
)
def list_dry_runs(request: HttpRequest, draft_id: str, paging: PageParams) -> Page[DryRunOut]:
    """The dry runs of a draft, newest first."""
    rows = queries.dry_runs(queries.draft(draft_id)).select_related("draft")
    return page(rows, paging, _render_dry_run)


@router.post(
    "/operator/policy-drafts/{draft_id}/dry-runs", response={201: DryRunOut}, auth=doors.operator
)
def request_dry_run(request: HttpRequest, draft_id: str) -> Status[DryRunOut]:
    """Ask what the draft would do today; the evaluator works on it, and `percent` tells how far."""
    made = drafting.request_dry_run(actor(request), queries.draft(draft_id))
    return Status(201, _render_dry_run(made))


@router.get(
    "/operator/policy-drafts/{draft_id}/dry-runs/{dry_run_id}",
    response=DryRunOut,
    auth=doors.operator,
)
def read_dry_run(request: HttpRequest, draft_id: str, dry_run_id: str) -> DryRunOut:
    """One dry run."""
    return _render_dry_run(queries.dry_run(queries.draft(draft_id), dry_run_id))


@router.get(
    "/operator/policy-drafts/{draft_id}/dry-runs/{dry_run_id}/examples.csv", auth=doors.operator
)
def download_examples(request: HttpRequest, draft_id: str, dry_run_id: str) -> HttpResponse:
    """Up to 100 entries that the draft would hide or show, as CSV for a spreadsheet."""
    found = queries.dry_run(queries.draft(draft_id), dry_run_id)
    return HttpResponse(
        _csv(found.report.get("examples", [])),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{found.pk}.csv"'},
    )


def _csv(examples: Sequence[Mapping[str, Any]]) -> bytes:
    """A table that Excel reads as UTF-8, and in which no cell is a formula."""
    names = (
        "aweme_id",
        "nickname",
        "app_id",
        "app_name",
        "change",
        "failing_now",
        "failing_then",
    )
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(names)
    for example in examples:
        rows.writerow([_cell(example[name]) for name in names])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
