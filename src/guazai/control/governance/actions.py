"""Denying and lifting (G1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from guazai.control.entry import actions as entry
from guazai.control.governance import queries
from guazai.control.governance.errors import (
    DENY_TARGET_UNKNOWN,
    LIFT_ALREADY_PROPOSED,
)
from guazai.control.governance.models import LiftProposal
from guazai.control.governance.states import PROPOSAL_TRANSITIONS
from guazai.control.journal.actions import act
from guazai.control.kernel import clock
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import SECOND_PERSON_REQUIRED
from guazai.control.kernel.transitions import move
from guazai.feed.records import Scope

if TYPE_CHECKING:
    from guazai.control.entry.models import Deny


def deny(who: Actor, scope: Scope, target: str, reason: str) -> Deny:
    """Hide an account, a mini program, a legal entity or everything, at once.

    Raises `deny_target_unknown` or `already_denied`.
    """
    if not queries.target_exists(scope, target):
        raise DENY_TARGET_UNKNOWN()
    return entry.deny(who, scope, target, reason)


def lift(who: Actor, found: Deny, reason: str) -> LiftProposal | None:
    """Lift the deny of one account at once; propose to lift a wider one.

    Raises `lift_already_proposed`, or `wrong_state` where it is lifted already.
    """
    if found.scope == Scope.ACCOUNT:
        entry.lift(who, found, reason)
        return None
    with act(who) as done:
        entry.hold(found)
        try:
            with transaction.atomic():
                proposal = LiftProposal.objects.create(
                    deny=found, reason=reason, proposed_by=who.id
                )
        except IntegrityError:
            raise LIFT_ALREADY_PROPOSED() from None
        done.record("governance.propose_lift", "deny", found.pk, reason=reason)
    return proposal


def confirm_lift(who: Actor, proposal: LiftProposal) -> None:
    """Confirm another operator's proposal; the deny ends.

    Raises `second_person_required` for the proposer, `wrong_state` where it waits no more.
    """
    if proposal.proposed_by == who.id:
        raise SECOND_PERSON_REQUIRED()
    with act(who) as done:
        move(proposal, PROPOSAL_TRANSITIONS, "confirm", ended_by=who.id, ended_at=clock.now())
        entry.lift(who, proposal.deny, proposal.reason)
        done.record("governance.confirm_lift", "deny", proposal.deny_id, reason=proposal.reason)


def cancel_lift(who: Actor, proposal: LiftProposal) -> None:
    """Take a proposal back, or turn it down; the deny stays."""
    with act(who) as done:
        move(proposal, PROPOSAL_TRANSITIONS, "cancel", ended_by=who.id, ended_at=clock.now())
        done.record("governance.cancel_lift", "deny", proposal.deny_id)
