"""The statuses of a change, and what leads from one to another."""

from __future__ import annotations

from django.db import models

from guazai.control.kernel.transitions import Table, step


class ChangeStatus(models.TextChoices):
    """Where a change stands. What is live is the slot's pointer, never a status."""

    IN_REVIEW = "in_review", "审核中"
    APPROVED = "approved", "已通过"
    REJECTED = "rejected", "已驳回"
    WITHDRAWN = "withdrawn", "已撤销"


#: Statuses that a reviewer's decision led to.
DECIDED = (ChangeStatus.APPROVED, ChangeStatus.REJECTED)

TRANSITIONS: Table = {
    "approve": step(ChangeStatus.IN_REVIEW, ChangeStatus.APPROVED),
    "reject": step(ChangeStatus.IN_REVIEW, ChangeStatus.REJECTED),
    "withdraw": step(ChangeStatus.IN_REVIEW, ChangeStatus.WITHDRAWN),
}
