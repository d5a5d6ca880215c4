"""What governance can do, and what an act would hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, QuerySet, Subquery

from guazai.control.directory import queries as directory
from guazai.control.entry import queries as entry
from guazai.control.entry.states import DenyStatus
from guazai.control.governance.models import LiftProposal
from guazai.control.governance.states import ProposalStatus
from guazai.control.journal import queries as journal
from guazai.control.landing import queries as landing
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.entry.models import Deny


def denies() -> QuerySet[Deny]:
    """All denies, lifted ones too, each with when it was accepted and became effective."""
    takedown = journal.takedowns().filter(
        event__subject_kind="deny", event__subject_id=OuterRef("pk")
    )
    first = takedown.order_by("pk")
    return entry.denies().annotate(
        accepted_at=Subquery(first.values("accepted_at")[:1]),
        effective_at=Subquery(first.values("effective_at")[:1]),
    )


def active_deny(scope: Scope, target: str) -> Deny | None:
    """The deny that holds for a target now; there is one, or none."""
    rows = denies().filter(scope=scope, target=target, status=DenyStatus.ACTIVE)
    return rows.first()


def open_proposal(deny: Deny) -> LiftProposal | None:
    """The proposal to lift `deny` that waits for a second person."""
    return LiftProposal.objects.filter(deny=deny, status=ProposalStatus.PROPOSED).first()


def deny_actions(deny: Deny, proposal: LiftProposal | None, operator_id: str) -> list[str]:
    """What the operator can do with `deny` now."""
    if "lift" not in entry.deny_actions(deny):
        return []
    if proposal is None:
        return ["lift"]
    return (
        ["cancel_lift"] if proposal.proposed_by == operator_id else ["confirm_lift", "cancel_lift"]
    )


def target_exists(scope: Scope, target: str) -> bool:
    """Whether there is something by this id to deny."""
    if scope is Scope.GLOBAL:
        return target == ""
    if scope is Scope.ACCOUNT:
        return directory.find_account(target) is not None
    if scope is Scope.MINI_PROGRAM:
        return directory.find_mini_program(target) is not None
    return directory.find_entity(target) is not None


def entries_under(scope: Scope, target: str) -> int:
    """How many live entries a deny of `target` would hide."""
    live = landing.live_slots()
    if scope is Scope.ACCOUNT:
        live = live.filter(account=target)
    elif scope is Scope.MINI_PROGRAM:
        live = live.filter(live_change__mini_program=target)
    elif scope is Scope.LEGAL_ENTITY:
        live = live.filter(live_change__mini_program__entity=target)
    return live.count()
