"""Judging one account (E1, E3), against an oracle that shares no code with the evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.policy import (
    ACCOUNT_TYPES,
    NONE_MET,
    NOT_SUBJECT,
    POLICY_2024_08_15,
    FactType,
    Judgement,
    Policy,
    Rule,
    Text,
    compile,  # noqa: A004 - as in guazai.policy
    failed_reasons,
    passes,
)

TEXT = Text("文字", "text")
AT = datetime(2026, 1, 1, tzinfo=UTC)
FACTS = {
    "count": FactType.INT,
    "ratio": FactType.FLOAT,
    "flag": FactType.BOOL,
    "level": FactType.STR,
}
GOOD = {
    "effective_followers": 500,
    "is_verified_adult": True,
    "has_serious_violation": False,
    "meets_regulatory_requirements": True,
}


def judge(facts: Mapping[str, object], account_type: str = "personal") -> Judgement:
    return compile(POLICY_2024_08_15).judge(facts, account_type)


def oracle(kind: str, op: str, operand: Any, value: Any) -> bool:
    """Whether the rule is met, spelled out case by case."""
    name = type(value).__name__
    if kind == "float":
        if name not in ("int", "float") or repr(value) in ("nan", "inf", "-inf"):
            return False
    elif name != kind:
        return False
    if op in ("is_true", "is_false"):
        return str(value) == ("True" if op == "is_true" else "False")
    if op in ("in", "not_in"):
        return (len([item for item in operand if item == value]) > 0) == (op == "in")
    order = (value > operand) - (value < operand)
    allowed = {"gte": (0, 1), "gt": (1,), "lte": (-1, 0), "lt": (-1,), "eq": (0,), "ne": (-1, 1)}
    return order in allowed[op]


NUMBERS = st.integers(-3, 3)
HALVES = st.sampled_from([-1.5, -0.0, 0.0, 0.5, 1.0, 2.5])
LEVELS = st.sampled_from(["a", "b", "c"])
OPERANDS: dict[FactType, st.SearchStrategy[Any]] = {
    FactType.INT: NUMBERS,
    FactType.FLOAT: HALVES | NUMBERS,
    FactType.BOOL: st.booleans(),
    FactType.STR: LEVELS,
}
ANYTHING = (
    st.none()
    | st.booleans()
    | NUMBERS
    | HALVES
    | LEVELS
    | st.sampled_from(
        [float("nan"), float("inf"), float("-inf"), "", "1", "True", [], [1], 2**63, 10**400]
    )
)
OPS = {
    FactType.INT: ["gte", "gt", "lte", "lt", "eq", "ne", "in", "not_in"],
    FactType.FLOAT: ["gte", "gt", "lte", "lt", "eq", "ne", "in", "not_in"],
    FactType.BOOL: ["eq", "ne", "is_true", "is_false"],
    FactType.STR: ["eq", "ne", "in", "not_in"],
}


@st.composite
def rules(draw: st.DrawFn, reason: str) -> Rule:
    fact = draw(st.sampled_from(sorted(FACTS)))
    kind = FACTS[fact]
    op = draw(st.sampled_from(OPS[kind]))
    if op in ("is_true", "is_false"):
        value: Any = None
    elif op in ("in", "not_in"):
        value = tuple(draw(st.lists(OPERANDS[kind], min_size=1, max_size=3, unique=True)))
    else:
        value = draw(OPERANDS[kind])
    return Rule(fact, op, value, reason, TEXT, TEXT)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    number = draw(st.integers(1, 4))
    types = draw(st.none() | st.frozensets(st.sampled_from(sorted(ACCOUNT_TYPES)), min_size=1))
    made = tuple(draw(rules(f"reason_{index}")) for index in range(number))
    return Policy(1, AT, FACTS, types, made)


@given(
    policies(),
    st.dictionaries(st.sampled_from([*sorted(FACTS), "other"]), ANYTHING),
    st.sampled_from(sorted(ACCOUNT_TYPES)),
)
def test_e1_e3_the_evaluator_agrees_with_the_oracle(
    policy: Policy, facts: dict[str, object], account_type: str
) -> None:
    judgement = compile(policy).judge(facts, account_type)
    if policy.account_types is not None and account_type not in policy.account_types:
        assert judgement == Judgement(passed=True, failed=(), outcomes=())
        return
    expected = [
        oracle(str(FACTS[rule.fact]), rule.op, rule.value, facts.get(rule.fact))
        for rule in policy.rules
    ]
    assert [outcome.met for outcome in judgement.outcomes] == expected
    assert [outcome.rule for outcome in judgement.outcomes] == list(policy.rules)
    for outcome in judgement.outcomes:
        assert outcome.value is facts.get(outcome.rule.fact)
    reasons = [rule.reason for rule, met in zip(policy.rules, expected, strict=True) if not met]
    assert judgement.failed == tuple(reasons)
    assert judgement.passed == all(expected)


def test_e1_an_account_that_meets_every_rule_passes() -> None:
    judgement = judge(GOOD)
    assert judgement.passed
    assert judgement.failed == ()
    assert [outcome.value for outcome in judgement.outcomes] == [500, True, False, True]


@pytest.mark.parametrize(
    ("fact", "value", "reason"),
    [
        ("effective_followers", 499, "too_few_effective_followers"),
        ("is_verified_adult", False, "not_verified_adult"),
        ("has_serious_violation", True, "has_serious_violation"),
        ("meets_regulatory_requirements", False, "regulatory_requirements_not_met"),
    ],
)
def test_e1_each_rule_fails_alone(fact: str, value: object, reason: str) -> None:
    judgement = judge({**GOOD, fact: value})
    assert not judgement.passed
    assert judgement.failed == (reason,)


@pytest.mark.parametrize("account_type", sorted(ACCOUNT_TYPES))
def test_e1_the_shipped_rules_hold_for_every_account_type(account_type: str) -> None:
    assert not judge({**GOOD, "effective_followers": 499}, account_type).passed


@pytest.mark.parametrize("fact", sorted(GOOD))
def test_e3_null_is_not_met_missing_or_given(fact: str) -> None:
    missing = {name: value for name, value in GOOD.items() if name != fact}
    for facts in (missing, {**GOOD, fact: None}):
        judgement = judge(facts)
        assert len(judgement.failed) == 1
        assert next(outcome.value for outcome in judgement.outcomes if not outcome.met) is None


@pytest.mark.parametrize(
    ("kind", "op", "operand"),
    [
        ("count", "gte", 1),
        ("count", "gt", 1),
        ("count", "lte", 1),
        ("count", "lt", 1),
        ("count", "eq", 1),
        ("count", "ne", 1),
        ("count", "in", (1,)),
        ("count", "not_in", (1,)),
        ("flag", "is_true", None),
        ("flag", "is_false", None),
    ],
)
def test_e3_null_is_not_met_for_any_operator(kind: str, op: str, operand: Any) -> None:
    policy = Policy(1, AT, FACTS, None, (Rule(kind, op, operand, "some_reason", TEXT, TEXT),))
    assert compile(policy).judge({kind: None}, "personal").failed == ("some_reason",)
    assert compile(policy).judge({}, "personal").failed == ("some_reason",)


def test_e3_the_twin_without_the_type_guard_is_caught() -> None:
    """Guard off: null meets `ne` and `not_in`, True meets `gte 1`, NaN meets `ne`."""
    cases: list[tuple[str, str, Any, Any]] = [
        ("count", "ne", 1, None),
        ("count", "not_in", (1,), None),
        ("count", "gte", 1, True),
        ("ratio", "ne", 1.0, float("nan")),
    ]
    for fact, op, operand, value in cases:
        policy = Policy(1, AT, FACTS, None, (Rule(fact, op, operand, "no", TEXT, TEXT),))
        twin = compile(policy)
        twin._steps = tuple((r, f, lambda _: True, holds, o) for r, f, _, holds, o in twin._steps)
        expected = oracle(str(FACTS[fact]), op, operand, value)
        assert compile(policy).judge({fact: value}, "personal").passed == expected
        assert twin.judge({fact: value}, "personal").passed != expected


@pytest.mark.parametrize("value", [True, "500", 500.0, 1e9, [500], float("nan")])
def test_e3_a_value_of_another_type_is_not_met(value: object) -> None:
    assert judge({**GOOD, "effective_followers": value}).failed == ("too_few_effective_followers",)


@pytest.mark.parametrize("value", [1, "true", 1.0, "True"])
def test_e3_truthy_is_not_true(value: object) -> None:
    assert judge({**GOOD, "is_verified_adult": value}).failed == ("not_verified_adult",)


@pytest.mark.parametrize("value", [0, "", 0.0, None, []])
def test_e3_falsy_is_not_false(value: object) -> None:
    assert judge({**GOOD, "has_serious_violation": value}).failed == ("has_serious_violation",)


def test_e1_the_fifth_condition_is_added_as_data() -> None:
    obj: Any = POLICY_2024_08_15.to_json()
    obj["version"] = 2
    obj["facts"]["account_level"] = "str"
    obj["rules"].append(
        {
            "fact": "account_level",
            "op": "in",
            "value": ["gold", "silver"],
            "reason": "account_level_too_low",
            "label": {"zh": "账号等级", "en": "Account level"},
            "how_to_fix": {"zh": "提升账号等级。", "en": "Raise the account's level."},
        }
    )
    fifth = compile(Policy.from_json(obj))
    assert fifth.judge({**GOOD, "account_level": "gold"}, "personal").passed
    assert fifth.judge({**GOOD, "account_level": "tin"}, "personal").failed == (
        "account_level_too_low",
    )
    assert fifth.judge(GOOD, "personal").failed == ("account_level_too_low",)


def test_e1_a_policy_names_the_account_types_it_applies_to() -> None:
    policy = Policy(
        1, AT, FACTS, frozenset({"personal"}), (Rule("flag", "is_true", None, "no", TEXT, TEXT),)
    )
    assert not compile(policy).judge({}, "personal").passed
    assert compile(policy).judge({}, "institution") == Judgement(
        passed=True, failed=(), outcomes=()
    )


def mask_of(policy: Policy, facts: Mapping[str, object], account_type: str) -> int:
    """The mask that the nightly batch would write."""
    met = [oracle(str(FACTS[r.fact]), r.op, r.value, facts.get(r.fact)) for r in policy.rules]
    bits = sum(1 << bit for bit, holds in enumerate(met) if not holds)
    is_named = policy.account_types is None or account_type in policy.account_types
    return bits if is_named else bits | NOT_SUBJECT


@given(
    policies(),
    st.dictionaries(st.sampled_from(sorted(FACTS)), ANYTHING),
    st.frozensets(st.sampled_from(sorted(FACTS))),
    st.sampled_from(sorted(ACCOUNT_TYPES)),
)
def test_e3_what_is_told_over_a_mask_is_judged_like_all_facts_at_once(
    policy: Policy, facts: dict[str, object], told: frozenset[str], account_type: str
) -> None:
    """Whichever facts the feed brought, and whichever were told one by one."""
    evaluator = compile(policy)
    whole = evaluator.judge(facts, account_type)
    mask = mask_of(policy, facts, account_type)
    over = {name: facts.get(name) for name in told}
    # What the feed said of a fact that was told since does not matter.
    stale = mask
    for bit, rule in enumerate(policy.rules):
        if rule.fact in told:
            stale ^= 1 << bit
    for each in (mask, stale):
        judged = evaluator.judge_over(each, over, account_type)
        assert (judged.passed, judged.failed) == (whole.passed, whole.failed)
        assert [outcome.met for outcome in judged.outcomes] == [o.met for o in whole.outcomes]
        for outcome in judged.outcomes:
            assert outcome.value is over.get(outcome.rule.fact)
    assert passes(mask) == whole.passed
    assert failed_reasons(policy, mask) == whole.failed
    assert evaluator.judge_over(mask, {}, account_type).failed == whole.failed


def test_e1_the_type_that_the_account_has_now_counts() -> None:
    """The feed knew the account as an institution; the host has since made it a person."""
    only = compile(replace(POLICY_2024_08_15, account_types=frozenset({"personal"})))
    assert only.judge_over(NOT_SUBJECT | 1, {}, "personal").failed == (
        "too_few_effective_followers",
    )
    assert only.judge_over(NOT_SUBJECT, {}, "personal").passed
    assert only.judge_over(1, {}, "institution") == Judgement(True, (), ())


def test_e3_of_an_account_that_nothing_is_known_of_no_rule_is_met() -> None:
    whole = compile(POLICY_2024_08_15).judge({}, "personal")
    assert compile(POLICY_2024_08_15).judge_over(NONE_MET, {}, "personal") == whole
    assert failed_reasons(POLICY_2024_08_15, NONE_MET) == whole.failed
    assert not passes(NONE_MET)


@pytest.mark.parametrize("account_type", ["", "robot", "PERSONAL"])
def test_e1_a_mask_passes_no_account_type_that_does_not_exist(account_type: str) -> None:
    with pytest.raises(ValueError, match="unknown account type"):
        compile(POLICY_2024_08_15).judge_over(0, {}, account_type)


@pytest.mark.parametrize("account_type", ["", "robot", "PERSONAL"])
def test_e1_an_account_type_that_does_not_exist_never_passes(account_type: str) -> None:
    with pytest.raises(ValueError, match="unknown account type"):
        judge(GOOD, account_type)
