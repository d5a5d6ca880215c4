"""The life of a proposal to lift a deny."""

from __future__ import annotations

from django.db import models

from guazai.control.kernel.transitions import Table, step


class ProposalStatus(models.TextChoices):
    """A proposal waits for a second person."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


PROPOSAL_TRANSITIONS: Table = {
    "confirm": step(ProposalStatus.PROPOSED, ProposalStatus.CONFIRMED),
    "cancel": step(ProposalStatus.PROPOSED, ProposalStatus.CANCELLED),
}
