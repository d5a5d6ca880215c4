"""The shape of an admission condition, for developers and reviewers alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guazai.control.kernel.http import Out

if TYPE_CHECKING:
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
