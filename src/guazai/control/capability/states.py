"""Statuses of applications and grants, what reviewers mark, and which verb leads where."""

from __future__ import annotations

from django.db import models

from guazai.control.kernel.transitions import Table, step

#: How often a mini program may apply for one capability in a day: reviewers are not to be flooded.
APPLICATIONS_PER_DAY = 5


class ApplicationStatus(models.TextChoices):
    """How an application stands (C3, C4, C6)."""

    IN_REVIEW = "in_review", "在审"
    APPROVED = "approved", "通过"
    REJECTED = "rejected", "驳回"
    WITHDRAWN = "withdrawn", "撤销"


#: Statuses that a reviewer's decision leads to.
DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.REJECTED)


class GrantStatus(models.TextChoices):
    """Whether a mini program has the capability (C7)."""

    GRANTED = "granted", "开通"
    REVOKED = "revoked", "收回"


class CapabilityStatus(models.TextChoices):
    """How the capability stands for a mini program, as its developers see it (C1, C3, C6, C7)."""

    CAN_APPLY = "can_apply", "可申请"
    CANNOT_APPLY = "cannot_apply", "暂不可申请"
    IN_REVIEW = "in_review", "在审"
    REJECTED = "rejected", "驳回"
    GRANTED = "granted", "开通"
    REVOKED = "revoked", "收回"


class Dimension(models.TextChoices):
    """What a reviewer marks (C4)."""

    FUNCTIONAL_UTILITY = "functional_utility", "功能实用性"
    INTERFACE_DESIGN = "interface_design", "界面设计"
    INTERACTION_EXPERIENCE = "interaction_experience", "交互体验"
    STABILITY = "stability", "稳定性"


class Mark(models.TextChoices):
    """How a dimension is marked; a poor one rules out an approval (C4)."""

    GOOD = "good", "好"
    ACCEPTABLE = "acceptable", "可接受"
    POOR = "poor", "差"


APPLICATION_TRANSITIONS: Table = {
    "withdraw": step(ApplicationStatus.IN_REVIEW, ApplicationStatus.WITHDRAWN),
    "approve": step(ApplicationStatus.IN_REVIEW, ApplicationStatus.APPROVED),
    "reject": step(ApplicationStatus.IN_REVIEW, ApplicationStatus.REJECTED),
}
GRANT_TRANSITIONS: Table = {
    "revoke": step(GrantStatus.GRANTED, GrantStatus.REVOKED),
    "restore": step(GrantStatus.REVOKED, GrantStatus.GRANTED),
}
