"""Who has which item in hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guazai.control.kernel import ids
from guazai.control.review.states import SubjectKind


class ReviewClaim(models.Model):
    """A reviewer's hold on one item until `expires_at`; gone once it is decided or released."""

    id = models.CharField(primary_key=True, max_length=ids.LENGTH, default=ids.factory("clm"))
    subject_kind = models.CharField(max_length=32, choices=SubjectKind.choices)
    subject_id = models.CharField(max_length=ids.LENGTH)
    reviewer = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Claiming relies on it: of two reviewers who race, one gets the item.
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"], name="one_claim_per_item"
            ),
            models.CheckConstraint(
                condition=Q(subject_kind__in=SubjectKind.values), name="claim_subject_known"
            ),
        ]
