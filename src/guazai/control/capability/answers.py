"""The shapes of conditions and grants, for developers, reviewers and operators alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from guazai.control.capability.states import GrantStatus
from guazai.control.kernel.http import Out

if TYPE_CHECKING:
    from guazai.control.capability.models import CapabilityGrant
    from guazai.control.capability.queries import Condition


class ConditionOut(Out):
    """One admission condition: what is required and what is (C1)."""

    key: str
    text: str
    required: bool | int
    actual: bool | int
    is_met: bool


def condition_out(condition: Condition) -> ConditionOut:
    """`condition` as it is answered."""
    return ConditionOut(
        key=condition.key,
        text=str(condition.text),
        required=condition.required,
        actual=condition.actual,
        is_met=condition.is_met,
    )


class GrantOut(Out):
    """The capability as it was granted; `reason` says why it was revoked."""

    status: GrantStatus
    granted_at: datetime
    revoked_at: datetime | None
    reason: str
    flagged_at: datetime | None


def grant_out(grant: CapabilityGrant) -> GrantOut:
    """`grant` as it is answered."""
    return GrantOut(
        status=GrantStatus(grant.status),
        granted_at=grant.granted_at,
        revoked_at=grant.revoked_at,
        reason=grant.reason,
        flagged_at=grant.flagged_at,
    )
