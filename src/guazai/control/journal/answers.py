"""What the journal's rows are called wherever they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from guazai.control.kernel.actor import ActorKind
from guazai.control.kernel.http import Out

if TYPE_CHECKING:
    from guazai.control.journal.models import Takedown


class ActorOut(Out):
    """Who acted."""

    kind: ActorKind
    id: str


class SubjectOut(Out):
    """What an act, or a message, is about."""

    kind: str
    id: str


class AcceptedTakedownOut(Out):
    """That an act hid something, since when that is accepted, and effective on every node (V3).

    `effective_at` is null while it is waited for.
    """

    id: str
    accepted_at: datetime
    effective_at: datetime | None


def takedown_out(takedown: Takedown | None) -> AcceptedTakedownOut | None:
    """`takedown` as those are told who made it; None where nothing was hidden."""
    if takedown is None:
        return None
    return AcceptedTakedownOut(
        id=takedown.pk, accepted_at=takedown.accepted_at, effective_at=takedown.effective_at
    )
