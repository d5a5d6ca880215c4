"""Denies for operators (G1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from django.http import HttpRequest
from ninja import Field, Router, Status

from guazai.control.entry import queries as entry
from guazai.control.governance import actions, queries
from guazai.control.kernel import doors
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.http import Body, Out, Page, PageParams, actor, page
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.entry.models import Deny

router = Router(tags=["operator"])
ScopeName = Literal["account", "mini_program", "legal_entity", "global"]


class DenyIn(Body):
    """What to hide: `target` is an aweme_id, app_id or entity_id, empty for everything."""

    scope: ScopeName
    target: str = Field("", max_length=64)
    reason: str = Field(min_length=1, max_length=500)


class LiftIn(Body):
    """Why a deny is to end."""

    reason: str = Field(min_length=1, max_length=500)


class ProposalOut(Out):
    """A proposal to lift that waits for another operator."""

    id: str
    reason: str
    proposed_by: str
    proposed_at: datetime


class DenyOut(Out):
    """A deny, with the proposal to lift it where one waits."""

    id: str
    scope: str
    target: str
    status: str
    reason: str
    created_by: str
    created_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    proposal: ProposalOut | None
    available_actions: list[str]


class ImpactOut(Out):
    """How many live entries an act would hide."""

    scope: str
    target: str
    entries: int


def _render(deny: Deny, operator_id: str) -> DenyOut:
    proposal = queries.open_proposal(deny)
    return DenyOut(
        id=deny.pk,
        scope=deny.scope,
        target=deny.target,
        status=deny.status,
        reason=deny.reason,
        created_by=deny.created_by,
        created_at=deny.created_at,
        lifted_by=deny.lifted_by,
        lifted_at=deny.lifted_at,
        proposal=None
        if proposal is None
        else ProposalOut(
            id=proposal.pk,
            reason=proposal.reason,
            proposed_by=proposal.proposed_by,
            proposed_at=proposal.proposed_at,
        ),
        available_actions=queries.deny_actions(deny, proposal, operator_id),
    )


def _deny(deny_id: str) -> Deny:
    found = entry.denies().filter(pk=deny_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


@router.get("/operator/denies", response=Page[DenyOut], auth=doors.operator)
def list_denies(
    request: HttpRequest,
    paging: PageParams,
    status: Literal["active", "lifted"] | None = None,
    scope: ScopeName | None = None,
    target: str | None = None,
) -> Page[DenyOut]:
    """Denies, newest first."""
    wanted = {"status": status, "scope": scope, "target": target}
    rows = entry.denies().filter(**{k: v for k, v in wanted.items() if v is not None})
    return page(rows, paging, lambda deny: _render(deny, actor(request).id))


@router.get("/operator/impact", response=ImpactOut, auth=doors.operator)
def read_impact(request: HttpRequest, scope: ScopeName, target: str = "") -> ImpactOut:
    """How many live entries a deny, or the revocation of a capability, would hide."""
    entries = queries.entries_under(Scope(scope), target)
    return ImpactOut(scope=scope, target=target, entries=entries)


@router.post("/operator/denies", response={201: DenyOut}, auth=doors.operator)
def deny(request: HttpRequest, body: DenyIn) -> Status[DenyOut]:
    """Hide entries at once (G1)."""
    found = actions.deny(actor(request), Scope(body.scope), body.target, body.reason)
    return Status(201, _render(found, actor(request).id))


@router.post("/operator/denies/{deny_id}/lift", response=DenyOut, auth=doors.operator)
def lift(request: HttpRequest, deny_id: str, body: LiftIn) -> DenyOut:
    """Lift the deny of one account; propose to lift a wider one, for another to confirm."""
    found = _deny(deny_id)
    actions.lift(actor(request), found, body.reason)
    return _render(found, actor(request).id)


@router.post("/operator/denies/{deny_id}/confirm-lift", response=DenyOut, auth=doors.operator)
def confirm_lift(request: HttpRequest, deny_id: str) -> DenyOut:
    """Confirm another operator's proposal to lift."""
    found = _deny(deny_id)
    proposal = queries.open_proposal(found)
    if proposal is None:
        raise NOT_FOUND()
    actions.confirm_lift(actor(request), proposal)
    return _render(_deny(deny_id), actor(request).id)


@router.post("/operator/denies/{deny_id}/cancel-lift", response=DenyOut, auth=doors.operator)
def cancel_lift(request: HttpRequest, deny_id: str) -> DenyOut:
    """Take a proposal to lift back, or turn it down."""
    found = _deny(deny_id)
    proposal = queries.open_proposal(found)
    if proposal is None:
        raise NOT_FOUND()
    actions.cancel_lift(actor(request), proposal)
    return _render(found, actor(request).id)
