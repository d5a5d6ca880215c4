"""Denies, takedowns and resolver nodes for operators (G1, V3)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Status

from guazai.control.directory import queries as directory
from guazai.control.entry import queries as entry
from guazai.control.entry.states import DenyStatus
from guazai.control.governance import actions, finding, overviews, queries
from guazai.control.governance.answers import (
    AccountOverviewOut,
    AppOverviewOut,
    DenyOut,
    FindingsOut,
    FoundOut,
    SystemOut,
    deny_out,
)
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
Asked = Annotated[str, Query(min_length=2, max_length=64)]
ScopeName = Literal["account", "mini_program", "legal_entity", "global"]


class DenyIn(Body):
    """What to hide: `target` is an aweme_id, app_id or entity_id, empty for everything."""

    scope: ScopeName
    target: str = Field("", max_length=64)
    reason: str = Field(min_length=1, max_length=500)


class LiftIn(Body):
    """Why a deny is to end."""

    reason: str = Field(min_length=1, max_length=500)


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
    return page(rows, paging, lambda deny: deny_out(deny, actor(request).id))


@router.get("/operator/impact", response=ImpactOut, auth=doors.operator)
def read_impact(request: HttpRequest, scope: ScopeName, target: str = "") -> ImpactOut:
    """How many live entries a deny, or the revocation of a capability, would hide."""
    entries = queries.entries_under(Scope(scope), target)
    return ImpactOut(scope=Scope(scope), target=target, entries=entries)


@router.post("/operator/denies", response={201: DenyOut}, auth=doors.operator)
def deny(request: HttpRequest, body: DenyIn) -> Status[DenyOut]:
    """Hide entries at once (G1)."""
    found = actions.deny(actor(request), Scope(body.scope), body.target, body.reason)
    return Status(201, deny_out(_deny(found.pk), actor(request).id))


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
    return deny_out(_deny(deny_id), actor(request).id)


@router.post("/operator/denies/{deny_id}/confirm-lift", response=DenyOut, auth=doors.operator)
def confirm_lift(request: HttpRequest, deny_id: str) -> DenyOut:
    """Confirm another operator's proposal to lift."""
    found = _deny(deny_id)
    proposal = queries.open_proposal(found)
    if proposal is None:
        raise NOT_FOUND()
    actions.confirm_lift(actor(request), proposal)
    return deny_out(_deny(deny_id), actor(request).id)


@router.post("/operator/denies/{deny_id}/cancel-lift", response=DenyOut, auth=doors.operator)
def cancel_lift(request: HttpRequest, deny_id: str) -> DenyOut:
    """Take a proposal to lift back, or turn it down."""
    found = _deny(deny_id)
    proposal = queries.open_proposal(found)
    if proposal is None:
        raise NOT_FOUND()
    actions.cancel_lift(actor(request), proposal)
    return deny_out(found, actor(request).id)


@router.get("/operator/find", response=FindingsOut, auth=doors.operator)
def find(request: HttpRequest, q: Asked) -> FindingsOut:
    """Anything by its id, by how its id begins, or by how its name begins; at most 20."""
    return FindingsOut(items=[FoundOut(**asdict(each)) for each in finding.find(q)])


@router.get("/operator/mini-programs/{app_id}", response=AppOverviewOut, auth=doors.operator)
def read_mini_program(request: HttpRequest, app_id: str) -> AppOverviewOut:
    """A mini program with its standing on every surface, its limits, entries and denies."""
    return overviews.of_mini_program(actor(request), directory.any_mini_program(app_id))


@router.get("/operator/accounts/{aweme_id}", response=AccountOverviewOut, auth=doors.operator)
def read_account(request: HttpRequest, aweme_id: str) -> AccountOverviewOut:
    """An account with who holds its places, its bindings, denies and clearances."""
    return overviews.of_account(actor(request), directory.any_account(aweme_id))


@router.get("/operator/system", response=SystemOut, auth=doors.operator)
def read_system(request: HttpRequest) -> SystemOut:
    """How the platform itself is doing: what waits, the log, the relay, takedowns, nodes."""
    return overviews.of_system()
