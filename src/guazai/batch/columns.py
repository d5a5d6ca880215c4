"""A policy as one Polars expression: the meaning of `policy.evaluator`, for all accounts at once.

A mask has bit i set where rule i of the policy is not met. A fact that is null meets nothing (E3).
The property test tests/batch/test_columns.py holds the two engines equal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from guazai.policy import NOT_SUBJECT, OPERATORS, FactType, Policy, Rule

COLUMN_TYPES: Final[Mapping[FactType, type[pl.DataType]]] = MappingProxyType(
    {
        FactType.INT: pl.Int64,
        FactType.FLOAT: pl.Float64,
        FactType.BOOL: pl.Boolean,
        FactType.STR: pl.String,
    }
)
"""The type that a fact's column has."""

_HOLDS: Final[Mapping[str, Callable[[pl.Expr, Any], pl.Expr]]] = MappingProxyType(
    {
        "gte": operator.ge,
        "gt": operator.gt,
        "lte": operator.le,
        "lt": operator.lt,
        "eq": operator.eq,
        "ne": operator.ne,
        "in": lambda column, operand: column.is_in(list(operand)),
        "not_in": lambda column, operand: ~column.is_in(list(operand)),
        "is_true": lambda column, _: column,
        "is_false": lambda column, _: ~column,
    }
)

if _HOLDS.keys() != OPERATORS.keys():
    raise RuntimeError("an operator has no column expression, or a column expression no operator")


def mask(policy: Policy) -> pl.Expr:
    """The verdict mask under `policy`, as UInt64 named ``mask``.

    `NOT_SUBJECT` is set beside the rules' bits where the policy does not apply to the account's
    type, so that they still tell what its facts would mean for another type.
    """
    bits = [_bit(_not_met(policy, rule), 1 << place) for place, rule in enumerate(policy.rules)]
    if policy.account_types is not None:
        exempt = ~pl.col("account_type").is_in(sorted(policy.account_types))
        bits.append(_bit(exempt.fill_null(value=True), NOT_SUBJECT))
    return pl.sum_horizontal(bits).alias("mask")


def passes(mask: pl.Expr) -> pl.Expr:
    """Whether accounts with this mask pass; null for none."""
    return (mask == 0) | (mask >= NOT_SUBJECT)


def completed(rows: pl.LazyFrame, policy: Policy) -> pl.LazyFrame:
    """`rows` with nulls for the facts of `policy` that they lack, as before they are delivered."""
    known = rows.collect_schema()
    lacking = [name for name in policy.facts if name not in known]
    nulls = {name: pl.lit(None, COLUMN_TYPES[policy.facts[name]]) for name in lacking}
    return rows.with_columns(**nulls)


def _not_met(policy: Policy, rule: Rule) -> pl.Expr:
    column = pl.col(rule.fact)
    if policy.facts[rule.fact] is FactType.FLOAT:
        # As for one account: NaN and the infinities are no values.
        column = pl.when(column.is_finite()).then(column)
    return ~_HOLDS[rule.op](column, rule.value).fill_null(value=False)


def _bit(condition: pl.Expr, value: int) -> pl.Expr:
    return condition.cast(pl.UInt64) * pl.lit(value, dtype=pl.UInt64)
