"""The closed set of operators: one row each, with the closure that judges one account.

`holds(value, operand)` is only called with a value of the fact's type, so null never reaches it
and counts as not met for every operator (E3). The operand is the rule's value as validated.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Final

from guazai.policy.values import FactType


class Operand(Enum):
    """What a rule gives its operator beside the fact."""

    NONE = auto()
    ONE = auto()
    MANY = auto()


@dataclass(frozen=True, slots=True)
class Operator:
    """One comparison: its name in a rule, what it takes, and its closure for one account."""

    name: str
    operand: Operand
    fact_types: frozenset[FactType]
    holds: Callable[[Any, Any], bool]


_NUMBERS = frozenset({FactType.INT, FactType.FLOAT})
_LISTED = _NUMBERS | {FactType.STR}
_ALL = frozenset(FactType)
_BOOLS = frozenset({FactType.BOOL})

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        row.name: row
        for row in (
            Operator("gte", Operand.ONE, _NUMBERS, operator.ge),
            Operator("gt", Operand.ONE, _NUMBERS, operator.gt),
            Operator("lte", Operand.ONE, _NUMBERS, operator.le),
            Operator("lt", Operand.ONE, _NUMBERS, operator.lt),
            Operator("eq", Operand.ONE, _ALL, operator.eq),
            Operator("ne", Operand.ONE, _ALL, operator.ne),
            Operator("in", Operand.MANY, _LISTED, lambda value, operand: value in operand),
            Operator("not_in", Operand.MANY, _LISTED, lambda value, operand: value not in operand),
            Operator("is_true", Operand.NONE, _BOOLS, lambda value, _: value is True),
            Operator("is_false", Operand.NONE, _BOOLS, lambda value, _: value is False),
        )
    }
)
