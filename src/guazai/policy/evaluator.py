"""Judging one account by a policy (E1, E3): microseconds, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from guazai.policy.operators import OPERATORS
from guazai.policy.policy import Policy, Rule
from guazai.policy.values import ACCOUNT_TYPES, IS_VALUE_OF


class Outcome(NamedTuple):
    """One rule's outcome: the fact's value as it was given (None when missing), and met or not."""

    rule: Rule
    value: object
    met: bool


class Judgement(NamedTuple):
    """Whether the account passes, the reasons of the rules not met, and every rule's outcome.

    Both tuples are in rule order. An account type the policy does not apply to passes with none.
    """

    passed: bool
    failed: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


_NOT_APPLICABLE = Judgement(passed=True, failed=(), outcomes=())


class Evaluator:
    """A policy made ready to judge accounts one by one. Stateless: share it between threads."""

    __slots__ = ("_applies_to", "_steps", "policy")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._applies_to = ACCOUNT_TYPES if policy.account_types is None else policy.account_types
        self._steps = tuple(
            (
                rule,
                rule.fact,
                IS_VALUE_OF[policy.facts[rule.fact]],
                OPERATORS[rule.op].holds,
                rule.value,
            )
            for rule in policy.rules
        )

    def judge(self, facts: Mapping[str, object], account_type: str) -> Judgement:
        """Judge an account by its facts. A fact missing, null or of another type is not met (E3).

        Raises `ValueError` for an account type that does not exist, rather than let it pass.
        """
        if not self._is_subject(account_type):
            return _NOT_APPLICABLE
        outcomes = []
        for rule, fact, is_value, holds, operand in self._steps:
            value = facts.get(fact)
            outcomes.append(Outcome(rule, value, is_value(value) and holds(value, operand)))
        return _judgement(outcomes)

    def judge_over(self, mask: int, told: Mapping[str, object], account_type: str) -> Judgement:
        """Judge an account by its mask, and by the facts in `told` instead of their bits.

        An outcome that follows from a bit has no value. `account_type` counts, whatever the type
        was when the mask was made. Raises as `judge` does.
        """
        if not self._is_subject(account_type):
            return _NOT_APPLICABLE
        outcomes = []
        for bit, (rule, fact, is_value, holds, operand) in enumerate(self._steps):
            if fact in told:
                value = told[fact]
                outcomes.append(Outcome(rule, value, is_value(value) and holds(value, operand)))
            else:
                outcomes.append(Outcome(rule, None, not mask >> bit & 1))
        return _judgement(outcomes)

    def _is_subject(self, account_type: str) -> bool:
        if account_type not in ACCOUNT_TYPES:
            raise ValueError(f"unknown account type {account_type!r}")
        return account_type in self._applies_to


def _judgement(outcomes: list[Outcome]) -> Judgement:
    failed = tuple(each.rule.reason for each in outcomes if not each.met)
    return Judgement(not failed, failed, tuple(outcomes))


def compile(policy: Policy) -> Evaluator:  # noqa: A001 - read as policy.compile, beside re.compile
    """The evaluator of `policy` for one account at a time."""
    return Evaluator(policy)
