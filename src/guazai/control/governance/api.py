"""Denies, takedowns and resolver nodes for operators (G1, V3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.http import HttpRequest
from ninja import Field, Router, Status

from guazai.control.entry import queries as entry
from guazai.control.entry.states import DenyStatus
from guazai.control.governance import actions, queries
from guazai.control.journal import queries as journal
from guazai.control.journal.answers import SubjectOut
from guazai.control.journal.keys import KeyKind, reach
from guazai.control.kernel import doors
from guazai.control.kernel.errors import NOT_FOUND
from guazai.control.kernel.http import Body, Out, Page, PageParams, actor, page
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.entry.models import Deny, ResolverNode
    from guazai.control.journal.models import Takedown

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
    """A deny, with the proposal to lift it where one waits.

    It was accepted when it was committed, and is effective since no node in rotation shows any more
    what it hides; null while that is waited for.
    """

    id: str
    scope: Scope
    target: str
    status: DenyStatus
    reason: str
    created_by: str
    created_at: datetime
    accepted_at: datetime
    effective_at: datetime | None
    lifted_by: str
    lifted_at: datetime | None
    proposal: ProposalOut | None
    available_actions: list[str]


class TakedownOut(Out):
    """Something that an act hid: by whom and why is in its audit event.

    It was accepted when it was committed, and is effective since no node in rotation shows it any
    more; null while that is waited for, and `waits_for` names the nodes, or some of many. It is
    told since the feed itself says it.
    """

    id: str
    scope: Scope
    target: str
    surface: str
    verb: str
    subject: SubjectOut
    reason: str
    event: str
    accepted_at: datetime
    effective_at: datetime | None
    waits_for: list[str]
    is_told: bool
    available_actions: list[str] = Field(default_factory=list)


class ResolverOut(Out):
    """A resolver node, as it said itself to be when it asked the relay last.

    `revisions_behind` is null where its store is empty or of another epoch.
    """

    name: str
    is_in_rotation: bool
    first_seen_at: datetime
    seen_at: datetime
    lease_until: datetime
    epoch: int | None
    revision: int | None
    revisions_behind: int | None
    feed_age_ms: int | None
    drift_found: int
    drift_mended: int
    software: str
    available_actions: list[str] = Field(default_factory=list)


class ImpactOut(Out):
    """How many live entries an act would hide."""

    scope: Scope
    target: str
    entries: int


def _render(deny: Any, operator_id: str) -> DenyOut:
    """A deny of `queries.denies()`."""
    proposal = queries.open_proposal(deny)
    return DenyOut(
        id=deny.pk,
        scope=Scope(deny.scope),
        target=deny.target,
        status=DenyStatus(deny.status),
        reason=deny.reason,
        created_by=deny.created_by,
        created_at=deny.created_at,
        accepted_at=deny.accepted_at,
        effective_at=deny.effective_at,
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


def _render_takedown(takedown: Takedown) -> TakedownOut:
    scope, target = reach(KeyKind(takedown.kind), takedown.key)
    event = takedown.event
    return TakedownOut(
        id=takedown.pk,
        scope=scope,
        target=target,
        surface=takedown.surface,
        verb=event.verb,
        subject=SubjectOut(kind=event.subject_kind, id=event.subject_id),
        reason=event.reason,
        event=event.pk,
        accepted_at=takedown.accepted_at,
        effective_at=takedown.effective_at,
        waits_for=takedown.waits_for,
        is_told=takedown.told_revision is not None,
    )


def _render_resolver(node: ResolverNode, head: tuple[int, int]) -> ResolverOut:
    is_comparable = node.revision is not None and node.epoch == head[0]
    return ResolverOut(
        name=node.name,
        is_in_rotation=entry.is_in_rotation(node),
        first_seen_at=node.first_seen_at,
        seen_at=node.seen_at,
        lease_until=node.lease_until,
        epoch=node.epoch,
        revision=node.revision,
        revisions_behind=max(0, head[1] - (node.revision or 0)) if is_comparable else None,
        feed_age_ms=node.feed_age_ms,
        drift_found=node.drift_found,
        drift_mended=node.drift_mended,
        software=node.software,
    )


def _deny(deny_id: str) -> Deny:
    found = queries.denies().filter(pk=deny_id).first()
    if found is None:
        raise NOT_FOUND()
    return found


@router.get("/operator/denies", response=Page[DenyOut], auth=doors.operator)
def list_denies(
    request: HttpRequest,
    paging: PageParams,
    status: DenyStatus | None = None,
    scope: ScopeName | None = None,
    target: str | None = None,
) -> Page[DenyOut]:
    """Denies, newest first."""
    wanted = {"status": status, "scope": scope, "target": target}
    rows = queries.denies().filter(**{k: v for k, v in wanted.items() if v is not None})
    return page(rows, paging, lambda deny: _render(deny, actor(request).id))


@router.get("/operator/impact", response=ImpactOut, auth=doors.operator)
def read_impact(request: HttpRequest, scope: ScopeName, target: str = "") -> ImpactOut:
    """How many live entries a deny, or the revocation of a capability, would hide."""
    entries = queries.entries_under(Scope(scope), target)
    return ImpactOut(scope=Scope(scope), target=target, entries=entries)


@router.post("/operator/denies", response={201: DenyOut}, auth=doors.operator)
def deny(request: HttpRequest, body: DenyIn) -> Status[DenyOut]:
    """Hide entries at once (G1)."""
    found = actions.deny(actor(request), Scope(body.scope), body.target, body.reason)
    return Status(201, _render(_deny(found.pk), actor(request).id))


@router.get("/operator/takedowns", response=Page[TakedownOut], auth=doors.operator)
def list_takedowns(
    request: HttpRequest, paging: PageParams, *, is_open: bool = False
) -> Page[TakedownOut]:
    """Takedowns, newest first; with `is_open` those that are not yet effective, or not told."""
    return page(journal.takedowns(is_open=is_open), paging, _render_takedown)


@router.get("/operator/takedowns/{takedown_id}", response=TakedownOut, auth=doors.operator)
def read_takedown(request: HttpRequest, takedown_id: str) -> TakedownOut:
    """One takedown: whether it is effective, and which nodes that waits for (V3)."""
    found = journal.takedowns().filter(pk=takedown_id).first()
    if found is None:
        raise NOT_FOUND()
    return _render_takedown(found)


@router.get("/operator/resolvers", response=Page[ResolverOut], auth=doors.operator)
def list_resolvers(request: HttpRequest, paging: PageParams) -> Page[ResolverOut]:
    """The resolver nodes that asked the relay in the last day, by name."""
    head = entry.feed_head()
    return page(entry.nodes(), paging, lambda node: _render_resolver(node, head), order="pk")


@router.post("/operator/denies/{deny_id}/lift", response=DenyOut, auth=doors.operator)
def lift(request: HttpRequest, deny_id: str, body: LiftIn) -> DenyOut:
    """Lift the deny of one account; propose to lift a wider one, for another to confirm."""
    found = _deny(deny_id)
    actions.lift(actor(request), found, body.reason)
    return _render(_deny(deny_id), actor(request).id)


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
