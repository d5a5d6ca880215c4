"""Facts from the host; policies and verdicts for operators. Developers have no route here (E5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body as JsonBody
from ninja import Field, Path, Router

from guazai.control.directory import queries as directory
from guazai.control.directory.actions import Outcome
from guazai.control.directory.states import AccountType
from guazai.control.eligibility import actions, queries
from guazai.control.eligibility.answers import RuleOut, RuleOutcomeOut, rule_outcome_out
from guazai.control.eligibility.models import PolicyVersion, Verdict
from guazai.control.eligibility.states import JudgementStatus, Standing
from guazai.control.kernel import clock, doors
from guazai.control.kernel.errors import Problem
from guazai.control.kernel.http import Body, Day, Out, Page, PageParams, actor, page
from guazai.control.kernel.ids import ExternalId
from guazai.policy import FactType, Scalar

router = Router(tags=["eligibility"])

Facts = Annotated[dict[str, Scalar | None], Field(max_length=100)]
VersionNumber = Annotated[int, Path(ge=1, lt=2**31)]


class FactsIn(Body):
    """What is known about an account on one day."""

    as_of: Day
    facts: Facts


class FactsLineIn(FactsIn):
    """The full record of one account on one day."""

    aweme_id: ExternalId


class FactsOut(Out):
    """What storing facts did, and how the account stands now."""

    aweme_id: str
    outcome: Outcome
    status: JudgementStatus
    as_of: date | None
    failed: list[str]


class FactsLineOut(Out):
    """What became of one line: its outcome, or the code and text that refused it."""

    aweme_id: str
    outcome: Outcome | None = None
    code: str | None = None
    detail: str | None = None
    errors: list[dict[str, Any]] = Field(default_factory=list)


class StageOut(Out):
    """From when a policy applies to how many percent of all accounts."""

    percent: int
    at: datetime


class PolicyOut(Out):
    """A policy version and how it stands now. Versions never change, so nothing can be done.

    `stages` is empty where it takes in all accounts at once.
    """

    version: int
    standing: Standing
    effective_at: datetime
    account_types: list[str] | None
    facts: dict[str, FactType]
    rules: list[RuleOut]
    stages: list[StageOut]
    reason: str
    content_hash: str
    published_by: str
    published_by_name: str
    published_at: datetime
    available_actions: list[str] = Field(default_factory=list)


class VerdictOut(Out):
    """The verdict as stored and told to the edge."""

    is_passed: bool
    failed: list[str]
    policy_version: int
    account_type: AccountType
    as_of: date
    revision: int
    judged_at: datetime


class JudgementOut(Out):
    """How an account stands, by which policy, and the verdict that the edge was told."""

    aweme_id: str
    account_type: AccountType
    status: JudgementStatus
    is_subject: bool
    as_of: date | None
    policy_version: int | None
    outcomes: list[RuleOutcomeOut]
    verdict: VerdictOut | None
    available_actions: list[str] = Field(default_factory=list)


def _store(request: HttpRequest, aweme_id: str, body: FactsIn, *, is_event: bool) -> FactsOut:
    account = directory.any_account(aweme_id)
    outcome = actions.record_facts(
        actor(request), account, body.as_of, body.facts, is_event=is_event
    )
    verdict = queries.verdict(aweme_id)
    return FactsOut(
        aweme_id=aweme_id,
        outcome=outcome,
        status=queries.status(verdict),
        as_of=verdict.as_of if verdict else None,
        failed=verdict.failed if verdict else [],
    )


@router.put("/host/accounts/{aweme_id}/facts", response=FactsOut, auth=doors.host)
def put_facts(request: HttpRequest, aweme_id: ExternalId, body: FactsIn) -> FactsOut:
    """Store the full record of a day; facts that it leaves out are not known any more (E3)."""
    return _store(request, aweme_id, body, is_event=False)


@router.patch("/host/accounts/{aweme_id}/facts", response=FactsOut, auth=doors.host)
def patch_facts(request: HttpRequest, aweme_id: ExternalId, body: FactsIn) -> FactsOut:
    """Store an event: these facts changed, the others are as they were (E3)."""
    return _store(request, aweme_id, body, is_event=True)


@router.post("/host/facts", response=list[FactsLineOut], auth=doors.host)
def post_facts(
    request: HttpRequest,
    lines: Annotated[list[FactsLineIn], JsonBody(min_length=1, max_length=500)],
) -> list[FactsLineOut]:
    """Store full records of up to 500 accounts; a refused line leaves the others be (E3)."""
    results = actions.record_many(
        actor(request),
        [actions.FactsLine(line.aweme_id, line.as_of, line.facts) for line in lines],
    )
    return [
        _render_line(line.aweme_id, result) for line, result in zip(lines, results, strict=True)
    ]


def _render_line(aweme_id: str, result: Outcome | Problem) -> FactsLineOut:
    if isinstance(result, Problem):
        return FactsLineOut(
            aweme_id=aweme_id,
            code=result.code.name,
            detail=str(result.detail),
            errors=[error.as_json() for error in result.errors],
        )
    return FactsLineOut(aweme_id=aweme_id, outcome=result)


def _render_policy(row: PolicyVersion, standings: Mapping[int, Standing]) -> PolicyOut:
    return PolicyOut(
        version=row.version,
        standing=standings[row.version],
        effective_at=row.effective_at,
        account_types=row.body["account_types"],
        facts=row.body["facts"],
        rules=row.body["rules"],
        stages=row.body.get("stages", []),
        reason=row.reason,
        content_hash=row.content_hash,
        published_by=row.published_by,
        published_by_name=directory.name_of_actor(row.published_by),
        published_at=row.published_at,
    )


@router.get("/operator/policies", response=Page[PolicyOut], auth=doors.operator, tags=["operator"])
def list_policies(request: HttpRequest, paging: PageParams) -> Page[PolicyOut]:
    """Policy versions, newest first, with which is in force and which are scheduled (E2)."""
    standings = queries.standings(clock.now())
    return page(queries.policies(), paging, lambda row: _render_policy(row, standings))


@router.get(
    "/operator/policies/{version}", response=PolicyOut, auth=doors.operator, tags=["operator"]
)
def read_policy(request: HttpRequest, version: VersionNumber) -> PolicyOut:
    """One policy version."""
    return _render_policy(queries.policy(version), queries.standings(clock.now()))


@router.get(
    "/operator/accounts/{aweme_id}/verdict",
    response=JudgementOut,
    auth=doors.operator,
    tags=["operator"],
)
def read_verdict(request: HttpRequest, aweme_id: ExternalId) -> JudgementOut:
    """How an account stands, with every rule's outcome (E5)."""
    account = directory.any_account(aweme_id)
    judgement = queries.judgement(account)
    stored = queries.verdict(aweme_id)
    return JudgementOut(
        aweme_id=aweme_id,
        account_type=AccountType(account.account_type),
        status=judgement.status,
        is_subject=judgement.is_subject,
        as_of=judgement.as_of,
        policy_version=judgement.policy.version if judgement.policy else None,
        outcomes=[rule_outcome_out(each) for each in queries.outcomes(account)],
        verdict=_render_verdict(stored) if stored else None,
    )


def _render_verdict(verdict: Verdict) -> VerdictOut:
    return VerdictOut(
        is_passed=verdict.is_passed,
        failed=verdict.failed,
        policy_version=verdict.policy_version_id,
        account_type=AccountType(verdict.account_type),
        as_of=verdict.as_of,
        revision=verdict.revision,
        judged_at=verdict.judged_at,
    )
