"""One meaning in two engines: a column of masks says what judging one by one says (E1, E3)."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from guazai.batch import columns
from guazai.policy import (
    ACCOUNT_TYPES,
    OPERATORS,
    POLICY_2024_08_15,
    Evaluator,
    FactType,
    Policy,
    failed_reasons,
    passes,
)
from tests.policy.test_judge import FACTS, policies

VALUES: dict[FactType, st.SearchStrategy[Any]] = {
    FactType.INT: st.none() | st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)]),
    FactType.FLOAT: st.none()
    | st.sampled_from([-1.5, -0.0, 0.0, 0.5, 1.0, 2.5, math.nan, math.inf, -math.inf]),
    FactType.BOOL: st.none() | st.booleans(),
    FactType.STR: st.none() | st.sampled_from(["a", "b", "c", "", "A", "a "]),
}
ACCOUNTS = st.fixed_dictionaries(
    {
        "account_type": st.sampled_from(sorted(ACCOUNT_TYPES)),
        **{name: VALUES[kind] for name, kind in FACTS.items()},
    }
)
SCHEMA: dict[str, type[pl.DataType]] = {
    "account_type": pl.String,
    **{name: columns.COLUMN_TYPES[kind] for name, kind in FACTS.items()},
}


def masks_of(policy: Policy, accounts: list[dict[str, Any]]) -> list[int]:
    frame = pl.DataFrame(accounts, schema=SCHEMA)
    return frame.select(columns.mask(policy))["mask"].to_list()


@given(policies(), st.lists(ACCOUNTS, min_size=1, max_size=8))
def test_e1_e3_masks_agree_with_judging_one_by_one(
    policy: Policy, accounts: list[dict[str, Any]]
) -> None:
    for mask, account in zip(masks_of(policy, accounts), accounts, strict=True):
        judged = Evaluator(policy).judge(account, account["account_type"])
        assert passes(mask) == judged.passed
        assert failed_reasons(policy, mask) == judged.failed


@given(
    policies(), st.lists(ACCOUNTS, min_size=1, max_size=8), st.sampled_from(sorted(ACCOUNT_TYPES))
)
def test_e1_bits_tell_what_the_facts_mean_for_another_type(
    policy: Policy, accounts: list[dict[str, Any]], other_type: str
) -> None:
    for mask, account in zip(masks_of(policy, accounts), accounts, strict=True):
        assert Evaluator(policy).judge_over(mask, {}, other_type).failed == (
            Evaluator(policy).judge(account, other_type).failed
        )


@given(policies(), st.lists(ACCOUNTS, min_size=1, max_size=8))
def test_passes_means_the_same_for_a_column(policy: Policy, accounts: list[dict[str, Any]]) -> None:
    masks = masks_of(policy, accounts)
    column = pl.select(columns.passes(pl.lit(pl.Series(masks, dtype=pl.UInt64)))).to_series()
    assert column.to_list() == [passes(mask) for mask in masks]


def test_a_twin_that_takes_null_as_met_is_caught() -> None:
    account = {"account_type": "personal", "effective_followers": None}
    threshold = POLICY_2024_08_15.rules[0].value
    assert isinstance(threshold, int)
    frame = pl.DataFrame(
        [account], schema={"account_type": pl.String, "effective_followers": pl.Int64}
    )
    twin = frame.select((pl.col("effective_followers") >= threshold).fill_null(value=True))
    judged = Evaluator(POLICY_2024_08_15).judge(account, "personal")
    assert twin.item() != judged.outcomes[0].met


def test_every_operator_has_a_column_expression() -> None:
    assert columns._HOLDS.keys() == OPERATORS.keys()


def test_a_policy_for_all_types_exempts_nobody() -> None:
    assert masks_of_all_types() == [0, 0, 0]


def masks_of_all_types() -> list[int]:
    frame = pl.DataFrame(
        [
            {
                "account_type": kind,
                "effective_followers": 500,
                "is_verified_adult": True,
                "has_serious_violation": False,
                "meets_regulatory_requirements": True,
            }
            for kind in sorted(ACCOUNT_TYPES)
        ]
    )
    return frame.select(columns.mask(POLICY_2024_08_15))["mask"].to_list()
