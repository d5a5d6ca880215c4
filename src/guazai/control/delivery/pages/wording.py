"""Values and thresholds of the creator rules in words (E5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from guazai.control.delivery.pages.texts import TEXTS

if TYPE_CHECKING:
    from guazai.control.eligibility.queries import RuleOutcome

SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "eq": "=", "ne": "≠"}
#: Operators whose threshold the rule's own label states.
YES_OR_NO = frozenset({"is_true", "is_false"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One creator rule as it is shown: the account's value beside what is required.

    `required` is empty where the label says it all; `as_of` is the value's day.
    """

    label: str
    value: str
    as_of: date | None
    required: str
    is_met: bool
    how_to_fix: str


def rule(outcome: RuleOutcome) -> Rule:
    """`outcome` in the reader's language."""
    return Rule(
        label=str(outcome.label),
        value=_value(outcome),
        as_of=outcome.as_of,
        required=_required(outcome.op, outcome.threshold),
        is_met=outcome.met,
        how_to_fix=str(outcome.how_to_fix),
    )


def _value(outcome: RuleOutcome) -> str:
    if outcome.is_available and outcome.value is None:
        return str(TEXTS["value_unknown"])
    if outcome.op in YES_OR_NO:
        # "No serious violation: no" says nothing; whether that is met does.
        return str(TEXTS["value_met" if outcome.met else "value_unmet"])
    if not outcome.is_available:
        return str(TEXTS["value_unavailable"])
    return plain(outcome.value)


def plain(value: object) -> str:
    """A fact's value: yes or no, a number with its thousands, or text."""
    if isinstance(value, bool):
        return str(TEXTS["value_yes" if value else "value_no"])
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(value)


def _required(op: str, threshold: object) -> str:
    if op in SIGNS:
        return f"{SIGNS[op]} {plain(threshold)}"
    if isinstance(threshold, tuple):
        values = " / ".join(plain(value) for value in threshold)
        return str(TEXTS["value_one_of" if op == "in" else "value_none_of"].fill(values=values))
    return ""
