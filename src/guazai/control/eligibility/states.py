"""The closed sets of eligibility. Neither is stored: both follow from what is."""

from __future__ import annotations

from enum import StrEnum


class JudgementStatus(StrEnum):
    """How an account stands under the policy in force (E3)."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED_YET = "not_judged_yet"


class Standing(StrEnum):
    """How a policy version stands at an instant (E2)."""

    IN_FORCE = "in_force"
    SCHEDULED = "scheduled"
    #: Another took its place, or will before it is ever in force.
    SUPERSEDED = "superseded"
