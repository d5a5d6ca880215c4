"""What the desk decides on, and how it is held."""

from __future__ import annotations

from django.db import models


class SubjectKind(models.TextChoices):
    """What waits for a reviewer."""

    CAPABILITY_APPLICATION = "capability_application", "能力申请"
    LANDING_CHANGE = "landing_change", "落地页"


class ItemStatus(models.TextChoices):
    """Where an item stands: what an application and a change have in common."""

    IN_REVIEW = "in_review", "审核中"
    APPROVED = "approved", "已通过"
    REJECTED = "rejected", "已驳回"
    WITHDRAWN = "withdrawn", "已撤销"


class ClaimState(models.TextChoices):
    """Who has an item in hand, as seen by one reviewer."""

    FREE = "free", "待领取"
    MINE = "mine", "我领取的"
    CLAIMED = "claimed", "他人已领取"
