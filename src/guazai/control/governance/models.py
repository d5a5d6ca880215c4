"""Proposals that need a second person."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from guazai.control.governance.states import ProposalStatus
from guazai.control.kernel import ids


class LiftProposal(models.Model):
    """One operator's proposal to lift a deny wider than one account (G1)."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("prp"))
    deny = models.ForeignKey("entry.Deny", models.PROTECT, related_name="proposals")
    status = models.CharField(max_length=16, default=ProposalStatus.PROPOSED)
    reason = models.TextField()
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField(auto_now_add=True)
    ended_by = models.CharField(max_length=64, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Confirming relies on it: there is one proposal to confirm, or none.
            models.UniqueConstraint(
                fields=["deny"], condition=Q(status="proposed"), name="one_open_lift_proposal"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProposalStatus.values), name="proposal_status_known"
            ),
            # Two-person acts rely on it, whatever the code above it does.
            models.CheckConstraint(
                condition=~Q(status="confirmed")
                | (~Q(ended_by="") & ~Q(ended_by=F("proposed_by"))),
                name="confirmed_by_another",
            ),
        ]
