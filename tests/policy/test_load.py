"""Loading and saving policies as data (E1, E2): everything wrong is listed at once."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guazai.policy import OPERATORS, POLICY_2024_08_15, FactType, Policy, PolicyError, Rule, Text

TEXT = {"zh": "文字", "en": "text"}


def rule(fact: str, op: str, value: object = None, reason: str = "some_reason") -> dict[str, Any]:
    named = {"fact": fact, "op": op, "value": value, "reason": reason}
    return {**named, "label": dict(TEXT), "how_to_fix": dict(TEXT)}


def policy(*rules: object, **changes: object) -> dict[str, Any]:
    return {
        "version": 2,
        "effective_at": "2026-01-01T00:00:00+08:00",
        "account_types": None,
        "facts": {"count": "int", "ratio": "float", "flag": "bool", "level": "str"},
        "rules": list(rules) or [rule("count", "gte", 1)],
        **changes,
    }


START = "2026-01-01T00:00:00+08:00"
LATER = "2026-01-02T00:00:00+08:00"


def stage(percent: object, at: str = START) -> dict[str, Any]:
    return {"percent": percent, "at": at}


def without(obj: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in obj.items() if key != name}


def problems(obj: object) -> list[tuple[str, str]]:
    with pytest.raises(PolicyError) as caught:
        Policy.from_json(obj)
    first = caught.value.problems[0]
    assert (caught.value.code, caught.value.message, caught.value.path) == first
    assert all(problem.message for problem in caught.value.problems)
    return [(problem.code, problem.path) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("obj", "code", "path"),
    [
        (None, "not_an_object", ""),
        ([], "not_an_object", ""),
        (without(policy(), "version"), "field_missing", "/version"),
        (without(policy(), "rules"), "field_missing", "/rules"),
        (policy(colour="red"), "field_unknown", "/colour"),
        (policy(**{"a/b": 1}), "field_unknown", "/a~1b"),
        (policy(version=0), "version_invalid", "/version"),
        (policy(version=True), "version_invalid", "/version"),
        (policy(version="2"), "version_invalid", "/version"),
        (policy(version=2**31), "version_invalid", "/version"),
        (policy(effective_at="2026-01-01T00:00:00"), "time_naive", "/effective_at"),
        (policy(effective_at="2026-01-01"), "time_naive", "/effective_at"),
        (policy(effective_at="soon"), "time_invalid", "/effective_at"),
        (policy(effective_at=1767196800), "time_invalid", "/effective_at"),
        (policy(effective_at="9999-12-31T23:59:59+00:00"), "time_invalid", "/effective_at"),
        (policy(facts=[]), "facts_invalid", "/facts"),
        (policy(facts={"Count": "int", "count": "int"}), "fact_name_invalid", "/facts/Count"),
        (
            policy(facts={"count": "int", "x" * 65: "int"}),
            "fact_name_invalid",
            "/facts/" + "x" * 65,
        ),
        (policy(facts={"count": "int", "other": "date"}), "fact_type_unknown", "/facts/other"),
        (policy(facts={"count": "int", "other": None}), "fact_type_unknown", "/facts/other"),
        (policy(stages=None), "stages_invalid", "/stages"),
        (policy(stages={}), "stages_invalid", "/stages"),
        (policy(stages=[5]), "not_an_object", "/stages/0"),
        (policy(stages=[{"percent": 100}]), "field_missing", "/stages/0/at"),
        (policy(stages=[{"at": START}]), "field_missing", "/stages/0/percent"),
        (policy(stages=[{**stage(100), "note": 1}]), "field_unknown", "/stages/0/note"),
        (policy(stages=[stage(0)]), "stage_percent_invalid", "/stages/0/percent"),
        (policy(stages=[stage(101)]), "stage_percent_invalid", "/stages/0/percent"),
        (policy(stages=[stage(True)]), "stage_percent_invalid", "/stages/0/percent"),
        (policy(stages=[stage(50.0)]), "stage_percent_invalid", "/stages/0/percent"),
        (policy(stages=[stage(100, "soon")]), "time_invalid", "/stages/0/at"),
        (policy(stages=[stage(100, START[:-6])]), "time_naive", "/stages/0/at"),
        (policy(stages=[stage(100, LATER)]), "stages_start_wrong", "/stages/0/at"),
        (policy(stages=[stage(50), stage(99, LATER)]), "stages_not_complete", "/stages/1/percent"),
        (policy(stages=[stage(100), stage(100, LATER)]), "stages_not_ascending", "/stages/1"),
        (policy(stages=[stage(50), stage(100)]), "stages_not_ascending", "/stages/1"),
        (
            policy(*(rule("count", "gte", 1, f"reason_{n}") for n in range(33))),
            "rules_too_many",
            "/rules",
        ),
        (policy(account_types="personal"), "account_types_invalid", "/account_types"),
        (policy(account_types=[]), "account_types_empty", "/account_types"),
        (policy(account_types=["robot"]), "account_type_unknown", "/account_types/0"),
        (policy(account_types=[["personal"]]), "account_type_unknown", "/account_types/0"),
        (
            policy(account_types=["personal", "personal"]),
            "account_type_duplicate",
            "/account_types/1",
        ),
        (policy(rules={}), "rules_invalid", "/rules"),
        (policy(rules=[]), "rules_empty", "/rules"),
        (policy("count >= 1"), "not_an_object", "/rules/0"),
        (policy(without(rule("count", "gte", 1), "fact")), "field_missing", "/rules/0/fact"),
        (policy(without(rule("count", "gte", 1), "op")), "field_missing", "/rules/0/op"),
        (policy(without(rule("count", "gte", 1), "reason")), "field_missing", "/rules/0/reason"),
        (policy({**rule("count", "gte", 1), "weight": 2}), "field_unknown", "/rules/0/weight"),
        (policy(rule("followers", "gte", 1)), "fact_undeclared", "/rules/0/fact"),
        (policy(rule([], "gte", 1)), "fact_undeclared", "/rules/0/fact"),  # type: ignore[arg-type]
        (policy(rule("count", ">=", 1)), "operator_unknown", "/rules/0/op"),
        (policy(rule("count", "GTE", 1)), "operator_unknown", "/rules/0/op"),
        (policy(rule("count", "__class__", 1)), "operator_unknown", "/rules/0/op"),
        (policy(rule("count", None, 1)), "operator_unknown", "/rules/0/op"),  # type: ignore[arg-type]
        (policy(rule("level", "gte", "a")), "operator_not_for_type", "/rules/0/op"),
        (policy(rule("flag", "gte", True)), "operator_not_for_type", "/rules/0/op"),
        (policy(rule("count", "is_true")), "operator_not_for_type", "/rules/0/op"),
        (policy(rule("flag", "in", [True])), "operator_not_for_type", "/rules/0/op"),
        (policy(rule("count", "gte")), "value_blank", "/rules/0/value"),
        (policy(without(rule("count", "gte"), "value")), "value_blank", "/rules/0/value"),
        (policy(rule("count", "gte", "")), "value_blank", "/rules/0/value"),
        (policy(rule("level", "eq", " \t")), "value_blank", "/rules/0/value"),
        (policy(rule("level", "eq", "\u3000")), "value_blank", "/rules/0/value"),
        (policy(rule("level", "in", [])), "value_blank", "/rules/0/value"),
        (policy(rule("level", "in", ["a", None])), "value_blank", "/rules/0/value/1"),
        (policy(rule("level", "in", ["a", ""])), "value_blank", "/rules/0/value/1"),
        (policy(rule("flag", "is_true", True)), "value_unexpected", "/rules/0/value"),
        (policy(rule("count", "gte", True)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "gte", "500")), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "gte", 499.6)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "gte", 500.0)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "gte", [500])), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "in", 500)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "in", [1, True])), "value_wrong_type", "/rules/0/value/1"),
        (policy(rule("ratio", "gte", True)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("flag", "eq", 1)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("level", "eq", 1)), "value_wrong_type", "/rules/0/value"),
        (policy(rule("level", "in", "abc")), "value_wrong_type", "/rules/0/value"),
        (policy(rule("count", "gte", 2**63)), "value_out_of_range", "/rules/0/value"),
        (policy(rule("ratio", "gte", math.nan)), "value_out_of_range", "/rules/0/value"),
        (policy(rule("ratio", "gte", math.inf)), "value_out_of_range", "/rules/0/value"),
        (policy(rule("ratio", "gte", 2**53 + 1)), "value_out_of_range", "/rules/0/value"),
        (policy(rule("ratio", "gte", 10**400)), "value_out_of_range", "/rules/0/value"),
        (policy(rule("count", "in", [1, 2, 1])), "value_duplicate", "/rules/0/value/2"),
        (policy(rule("ratio", "in", [1, 1.0])), "value_duplicate", "/rules/0/value/1"),
        (policy(rule("level", "eq", "a\x00")), "text_malformed", "/rules/0/value"),
        (policy(rule("count", "gte", 1, "")), "reason_invalid", "/rules/0/reason"),
        (policy(rule("count", "gte", 1, "Too few")), "reason_invalid", "/rules/0/reason"),
        (policy(rule("count", "gte", 1, "few\n")), "reason_invalid", "/rules/0/reason"),
        (policy(rule("count", "gte", 1, "少")), "reason_invalid", "/rules/0/reason"),
        (
            policy(rule("count", "gte", 1), rule("count", "lte", 9)),
            "reason_duplicate",
            "/rules/1/reason",
        ),
        (policy({**rule("count", "gte", 1), "label": "x"}), "not_an_object", "/rules/0/label"),
        (
            policy({**rule("count", "gte", 1), "label": {"zh": "文"}}),
            "field_missing",
            "/rules/0/label/en",
        ),
        (
            policy({**rule("count", "gte", 1), "how_to_fix": {**TEXT, "zh": "  "}}),
            "text_blank",
            "/rules/0/how_to_fix/zh",
        ),
        (
            policy({**rule("count", "gte", 1), "label": {**TEXT, "fr": "texte"}}),
            "field_unknown",
            "/rules/0/label/fr",
        ),
        (
            policy({**rule("count", "gte", 1), "label": {**TEXT, "zh": "\ud800"}}),
            "text_malformed",
            "/rules/0/label/zh",
        ),
    ],
)
def test_e2_each_problem_is_found_alone_and_named(obj: object, code: str, path: str) -> None:
    assert problems(obj) == [(code, path)]


def test_e2_no_facts_leaves_every_rule_undeclared() -> None:
    assert problems(policy(facts={})) == [
        ("facts_empty", "/facts"),
        ("fact_undeclared", "/rules/0/fact"),
    ]


def test_e2_every_problem_is_listed_at_once() -> None:
    obj = policy(
        rule("nobody", "gte", 1, "one"),
        rule("count", "about", 1, "two"),
        rule("flag", "is_true", 1, "two"),
        version=0,
        effective_at="2026-01-01T00:00:00",
        account_types=["robot"],
    )
    assert problems(obj) == [
        ("version_invalid", "/version"),
        ("time_naive", "/effective_at"),
        ("account_type_unknown", "/account_types/0"),
        ("fact_undeclared", "/rules/0/fact"),
        ("operator_unknown", "/rules/1/op"),
        ("value_unexpected", "/rules/2/value"),
        ("reason_duplicate", "/rules/2/reason"),
    ]


def test_e2_a_policy_made_in_python_is_held_to_the_same_rules() -> None:
    text = Text("文字", "text")
    facts = {"count": FactType.INT}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(PolicyError) as caught:
        Policy(1, at, facts, None, (Rule("count", "gte", True, "some_reason", text, text),))
    assert caught.value.code == "value_wrong_type"
    with pytest.raises(PolicyError) as caught:
        Policy(1, at.replace(tzinfo=None), facts, frozenset(), ())
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["time_naive", "account_types_empty", "rules_empty"]


def test_e2_a_policy_is_frozen() -> None:
    facts = {"count": FactType.INT}
    text = Text("文字", "text")
    made = Policy(
        1,
        datetime(2026, 1, 1, tzinfo=UTC),
        facts,
        None,
        (Rule("count", "gte", 1, "some_reason", text, text),),
    )
    facts["other"] = FactType.INT
    assert dict(made.facts) == {"count": FactType.INT}
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.version = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        made.facts["other"] = FactType.INT  # type: ignore[index]
    assert isinstance(made.facts, MappingProxyType)
    assert hash(made) == hash(Policy.from_json(made.to_json()))


def test_e1_the_shipped_policy_is_the_source_page() -> None:
    shipped = POLICY_2024_08_15
    assert shipped.effective_at.isoformat() == "2024-08-15T00:00:00+08:00"
    assert shipped.account_types is None
    assert [(rule.fact, rule.op, rule.value) for rule in shipped.rules] == [
        ("effective_followers", "gte", 500),
        ("is_verified_adult", "is_true", None),
        ("has_serious_violation", "is_false", None),
        ("meets_regulatory_requirements", "is_true", None),
    ]
    assert shipped.rules[0].label.zh == "有效粉丝数(T+1)≥500"
    assert dict(shipped.facts) == {
        "effective_followers": FactType.INT,
        "is_verified_adult": FactType.BOOL,
        "has_serious_violation": FactType.BOOL,
        "meets_regulatory_requirements": FactType.BOOL,
    }


def test_e2_one_meaning_has_one_hash() -> None:
    obj = policy(
        rule("ratio", "in", [2, 0.5, -0.0]),
        account_types=["personal", "institution"],
    )
    same = copy.deepcopy(obj)
    same["effective_at"] = "2025-12-31T16:00:00Z"
    same["account_types"].reverse()
    same["facts"] = dict(reversed(same["facts"].items()))
    same["rules"][0]["value"] = [0.0, 2.0, 0.5]
    one, other = Policy.from_json(obj), Policy.from_json(same)
    assert one == other
    assert one.content_hash == other.content_hash
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())
    assert one.to_json()["effective_at"] == "2026-01-01T00:00:00+08:00"


def test_e2_another_meaning_has_another_hash() -> None:
    base = policy(rule("count", "gte", 1, "a"), rule("count", "lte", 9, "b"))
    changed = [
        {**base, "version": 3},
        {**base, "effective_at": "2026-01-01T00:00:01+08:00"},
        {**base, "account_types": ["personal"]},
        {**base, "facts": {**base["facts"], "more": "int"}},
        {**base, "rules": base["rules"][::-1]},
        {**base, "rules": [{**base["rules"][0], "op": "gt"}, base["rules"][1]]},
        {**base, "rules": [{**base["rules"][0], "value": 2}, base["rules"][1]]},
        {
            **base,
            "rules": [{**base["rules"][0], "label": {**TEXT, "zh": "别的"}}, base["rules"][1]],
        },
    ]
    hashes = {Policy.from_json(obj).content_hash for obj in [base, *changed]}
    assert len(hashes) == len(changed) + 1


def test_the_shipped_hash_never_changes() -> None:
    assert POLICY_2024_08_15.content_hash == (
        "21536bbd30269d6455e39982e1e588f32bc8152f755234c08cba078efec9103d"
    )


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["count", "flag", "gte", "in", "is_true", "a", "", "2026-01-01T00:00+08:00"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "effective_at", "facts", "rules", "fact", "op", "value"])
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from(["version", "effective_at", "facts", "account_types", "rules"]))
def test_e2_any_json_is_loaded_or_refused_never_a_crash(value: object, place: str) -> None:
    for obj in (value, policy(**{place: value})):
        try:
            loaded = Policy.from_json(obj)
        except PolicyError:
            continue
        assert Policy.from_json(json.loads(json.dumps(loaded.to_json()))) == loaded


@given(json_values, st.sampled_from(["fact", "op", "value", "reason", "label", "how_to_fix"]))
def test_e2_any_rule_is_loaded_or_refused_never_a_crash(value: object, place: str) -> None:
    for base in (rule("count", "gte", 1), rule("level", "in", ["a"])):
        try:
            loaded = Policy.from_json(policy({**base, place: value}))
        except PolicyError:
            continue
        assert Policy.from_json(json.loads(json.dumps(loaded.to_json()))) == loaded


def test_the_operators_are_a_closed_set() -> None:
    assert set(OPERATORS) == {
        *("gte", "gt", "lte", "lt", "eq", "ne"),
        *("in", "not_in", "is_true", "is_false"),
    }
    with pytest.raises(TypeError):
        OPERATORS["like"] = OPERATORS["eq"]  # type: ignore[index]


def test_e2_everything_wrong_with_stages_is_listed() -> None:
    found = problems(
        policy(stages=[stage(0), stage(60, "soon"), 7], effective_at="2026-01-01T00:00:00")
    )
    assert found == [
        ("time_naive", "/effective_at"),
        ("stage_percent_invalid", "/stages/0/percent"),
        ("time_invalid", "/stages/1/at"),
        ("not_an_object", "/stages/2"),
    ]
    found = problems(policy(stages=[stage(50, LATER), stage(20, START), stage(60, LATER)]))
    assert found == [
        ("stages_not_ascending", "/stages/1"),
        ("stages_start_wrong", "/stages/0/at"),
        ("stages_not_complete", "/stages/2/percent"),
    ]


def test_e2_stages_are_kept_and_are_part_of_the_meaning() -> None:
    utc = "2025-12-31T16:00:00+00:00"
    made = Policy.from_json(policy(stages=[stage(1, utc), stage(100, LATER)]))
    assert made.to_json()["stages"] == [stage(1), stage(100, LATER)]
    assert Policy.from_json(made.to_json()) == made
    plain = Policy.from_json(policy())
    assert made.content_hash != plain.content_hash
    assert Policy.from_json(policy(stages=[])) == plain


def test_e2_the_shipped_policy_has_kept_its_content_hash() -> None:
    assert "stages" not in POLICY_2024_08_15.to_json()
    assert POLICY_2024_08_15.content_hash == (
        "21536bbd30269d6455e39982e1e588f32bc8152f755234c08cba078efec9103d"
    )
