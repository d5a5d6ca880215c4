"""A verdict as one number: bit i says that rule i of the policy is not met (E3).

Where the policy does not apply to the account's type, `NOT_SUBJECT` stands beside the rules' bits.
"""

from __future__ import annotations

from typing import Final

from guazai.policy.policy import Policy
from guazai.policy.validation import MAX_RULES

NOT_SUBJECT: Final = 1 << 63
"""The bit that says that the policy does not apply to the account's type."""
NONE_MET: Final = (1 << MAX_RULES) - 1
"""The mask of an account of which no fact is known."""


def passes(mask: int) -> bool:
    """Whether an account with this mask passes."""
    return mask == 0 or bool(mask & NOT_SUBJECT)


def failed_reasons(policy: Policy, mask: int) -> tuple[str, ...]:
    """The reasons of the rules that are not met, in the policy's order; none for who passes."""
    if passes(mask):
        return ()
    return tuple(rule.reason for bit, rule in enumerate(policy.rules) if mask >> bit & 1)
