"""The shapes of rules, of their outcomes, and of what is said where they are not met."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from guazai.control.eligibility.queries import HIDDEN_TEXT, HIDDEN_TITLE
from guazai.control.kernel.http import Out
from guazai.policy import Scalar

if TYPE_CHECKING:
    from guazai.control.eligibility.queries import RuleOutcome


class TextOut(Out):
    """A text in both languages."""

    zh: str
    en: str


class RuleOut(Out):
    """One rule of a policy."""

    fact: str
    op: str
    value: Scalar | list[Scalar] | None
    reason: str
    label: TextOut
    how_to_fix: TextOut


class RuleOutcomeOut(Out):
    """One rule's outcome with the account's value, the threshold and how to mend it.

    For the account's owner and the platform only (E5). `is_available` is false where there is a
    value that cannot be looked up any more; `as_of` is the value's day.
    """

    reason: str
    fact: str
    label: str
    value: Scalar | None
    is_available: bool
    as_of: date | None
    op: str
    threshold: Scalar | tuple[Scalar, ...] | None
    is_met: bool
    how_to_fix: str


class NoticeOut(Out):
    """That the creator rules hide the entry; one text, whichever rule it is (E4, E5)."""

    title: str
    text: str


def rule_outcome_out(outcome: RuleOutcome) -> RuleOutcomeOut:
    """`outcome` as it is answered."""
    return RuleOutcomeOut(
        reason=outcome.reason,
        fact=outcome.fact,
        label=str(outcome.label),
        value=outcome.value,
        is_available=outcome.is_available,
        as_of=outcome.as_of,
        op=outcome.op,
        threshold=outcome.threshold,
        is_met=outcome.met,
        how_to_fix=str(outcome.how_to_fix),
    )


def notice_out(*, is_hidden: bool) -> NoticeOut | None:
    """The two texts of E4 where the entry is hidden."""
    return NoticeOut(title=str(HIDDEN_TITLE), text=str(HIDDEN_TEXT)) if is_hidden else None
