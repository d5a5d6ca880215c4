"""Developers apply and follow their applications; operators revoke and restore."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Field, Router, Status

from guazai.control.capability import actions, queries
from guazai.control.capability.answers import ConditionOut, GrantOut, condition_out, grant_out
from guazai.control.capability.models import CapabilityApplication, CapabilityGrant
from guazai.control.capability.states import ApplicationStatus, CapabilityStatus, GrantStatus
from guazai.control.directory import queries as directory
from guazai.control.journal import queries as journal
from guazai.control.journal.answers import AcceptedTakedownOut, takedown_out
from guazai.control.kernel import doors
from guazai.control.kernel.http import Body, Out, Page, PageParams, ReasonOut, actor, page
from guazai.control.kernel.texts import Text
from guazai.control.surfaces import registry

router = Router(tags=["capability"])
SUBMITTED = Text(
    "申请成功,预计 {due_on} 前完成审核({days} 个工作日内),结果将以站内信通知。",
    "Your application was submitted. It will be reviewed by {due_on}, within {days} working days;"
    " the result comes as an in-site message.",
)


class ApplicationOut(Out):
    """An application as its developers see it; `conditions` are those at its submission."""

    id: str
    status: ApplicationStatus
    apply_reason: str
    conditions: list[ConditionOut]
    submitted_at: datetime
    due_on: date
    due_is_estimated: bool
    decided_at: datetime | None
    reasons: list[ReasonOut]
    available_actions: list[str]


class SubmittedApplicationOut(ApplicationOut):
    """An application just submitted, with a text that says so."""

    message: str


class CapabilityOut(Out):
    """How the capability stands for one mini program; `conditions` are those of now (C1)."""

    app_id: str
    surface: str
    status: CapabilityStatus
    conditions: list[ConditionOut]
    grant: GrantOut | None
    latest_application: ApplicationOut | None
    available_actions: list[str]


class ApplyIn(Body):
    """Why the mini program should have the capability."""

    apply_reason: str = Field(min_length=1, max_length=500)


class ActIn(Body):
    """Why an operator does this; developers read it."""

    reason: str = Field(min_length=1, max_length=500)


class OperatorGrantOut(GrantOut):
    """A grant as operators see it."""

    id: str
    surface: str
    app_id: str
    app_name: str
    entity_id: str
    entity_name: str
    credit_score: int
    is_online: bool
    is_flagged: bool
    available_actions: list[str]


class RevokedGrantOut(OperatorGrantOut):
    """A grant just revoked, with the takedown that this is."""

    takedown: AcceptedTakedownOut | None


def _application(found: CapabilityApplication) -> ApplicationOut:
    return ApplicationOut(
        id=found.pk,
        status=ApplicationStatus(found.status),
        apply_reason=found.apply_reason,
        conditions=[condition_out(condition) for condition in queries.conditions_of(found)],
        submitted_at=found.submitted_at,
        due_on=found.due_on,
        due_is_estimated=found.due_is_estimated,
        decided_at=found.decided_at,
        reasons=[ReasonOut(**reason) for reason in found.reasons],
        available_actions=queries.application_actions(found),
    )


def _operator_grant(grant: CapabilityGrant) -> OperatorGrantOut:
    app, shown = grant.mini_program, grant_out(grant)
    return OperatorGrantOut(
        **shown.model_dump(),
        id=grant.pk,
        surface=grant.surface,
        app_id=app.pk,
        app_name=app.name,
        entity_id=app.entity_id,
        entity_name=app.entity.name,
        credit_score=app.credit_score,
        is_online=app.is_online,
        is_flagged=grant.flagged_at is not None,
        available_actions=queries.grant_actions(grant),
    )


@router.get(
    "/mini-programs/{app_id}/surfaces/{surface}/capability",
    response=CapabilityOut,
    auth=doors.developer,
)
def read_capability(request: HttpRequest, app_id: str, surface: str) -> CapabilityOut:
    """Whether the mini program can apply, has applied, or has the capability (C1)."""
    app = directory.mini_program(actor(request), app_id)
    found = queries.overview(app, registry.get(surface))
    return CapabilityOut(
        app_id=app.pk,
        surface=surface,
        status=found.status,
        conditions=[condition_out(condition) for condition in found.conditions],
        grant=grant_out(found.grant) if found.grant else None,
        latest_application=_application(found.latest) if found.latest else None,
        available_actions=found.available_actions,
    )


@router.get(
    "/mini-programs/{app_id}/surfaces/{surface}/capability/applications",
    response=Page[ApplicationOut],
    auth=doors.developer,
)
def list_applications(
    request: HttpRequest, app_id: str, surface: str, paging: PageParams
) -> Page[ApplicationOut]:
    """Every application of the mini program, newest first."""
    app = directory.mini_program(actor(request), app_id)
    found = queries.applications(app, registry.get(surface))
    return page(found, paging, _application, order="-submitted_at")


@router.post(
    "/mini-programs/{app_id}/surfaces/{surface}/capability/applications",
    response={201: SubmittedApplicationOut},
    auth=doors.developer,
)
def apply(
    request: HttpRequest, app_id: str, surface: str, body: ApplyIn
) -> Status[SubmittedApplicationOut]:
    """Apply for the capability; refused with every unmet condition (C1, C3)."""
    who = actor(request)
    wanted = registry.get(surface)
    app = directory.mini_program(who, app_id)
    found = _application(actions.apply(who, app, wanted, body.apply_reason))
    days = f"1~{wanted.review_working_days}" if wanted.review_working_days > 1 else "1"
    message = SUBMITTED.fill(due_on=found.due_on.isoformat(), days=days)
    return Status(201, SubmittedApplicationOut(**found.model_dump(), message=str(message)))


@router.post(
    "/mini-programs/{app_id}/surfaces/{surface}/capability/applications/{application_id}/withdraw",
    response=ApplicationOut,
    auth=doors.developer,
)
def withdraw(
    request: HttpRequest, app_id: str, surface: str, application_id: str
) -> ApplicationOut:
    """Take back an application that is in review (C6)."""
    who = actor(request)
    app = directory.mini_program(who, app_id)
    found = queries.application(app, registry.get(surface), application_id)
    return _application(actions.withdraw(who, found))


@router.get(
    "/operator/grants",
    response=Page[OperatorGrantOut],
    auth=doors.operator,
    tags=["operator"],
)
def list_grants(
    request: HttpRequest,
    paging: PageParams,
    surface: str | None = None,
    status: GrantStatus | None = None,
    is_flagged: bool | None = None,
    app_id: str | None = None,
    entity_id: str | None = None,
) -> Page[OperatorGrantOut]:
    """Every grant, newest first; `is_flagged` finds those whose credit score fell too low."""
    wanted = {
        "surface": surface,
        "status": status,
        "flagged_at__isnull": None if is_flagged is None else not is_flagged,
        "mini_program": app_id,
        "mini_program__entity": entity_id,
    }
    found = queries.grants().filter(**{k: v for k, v in wanted.items() if v is not None})
    return page(found, paging, _operator_grant, order="-granted_at")


@router.post(
    "/operator/mini-programs/{app_id}/surfaces/{surface}/capability/revoke",
    response=RevokedGrantOut,
    auth=doors.operator,
    tags=["operator"],
)
def revoke(request: HttpRequest, app_id: str, surface: str, body: ActIn) -> RevokedGrantOut:
    """Take the capability away: every entry of the mini program disappears (C7)."""
    who, app = actor(request), directory.any_mini_program(app_id)
    grant = actions.revoke(who, app, registry.get(surface), body.reason)
    takedown = journal.takedown_by(who, "capability_grant", grant.pk)
    return RevokedGrantOut(**_operator_grant(grant).model_dump(), takedown=takedown_out(takedown))


@router.post(
    "/operator/mini-programs/{app_id}/surfaces/{surface}/capability/restore",
    response=OperatorGrantOut,
    auth=doors.operator,
    tags=["operator"],
)
def restore(request: HttpRequest, app_id: str, surface: str, body: ActIn) -> OperatorGrantOut:
    """Give a revoked capability back (C7)."""
    app = directory.any_mini_program(app_id)
    return _operator_grant(actions.restore(actor(request), app, registry.get(surface), body.reason))
