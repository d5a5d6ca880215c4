"""Complete validation of a policy written as JSON (E1, E2): every problem, not only the first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Final

from guazai.policy.errors import PolicyError, Problem
from guazai.policy.limits import is_clean
from guazai.policy.operators import OPERATORS, Operand, Operator
from guazai.policy.values import ACCOUNT_TYPES, IS_VALUE_OF, FactType, is_identifier

CHINA: Final = timezone(timedelta(hours=8))

MAX_RULES: Final = 32

_INT64 = range(-(2**63), 2**63)
_POLICY_REQUIRED = frozenset({"version", "effective_at", "facts", "rules"})
_POLICY_FIELDS = _POLICY_REQUIRED | {"account_types", "stages"}
_STAGE_FIELDS = frozenset({"percent", "at"})
_RULE_REQUIRED = frozenset({"fact", "op", "reason", "label", "how_to_fix"})
_RULE_FIELDS = _RULE_REQUIRED | {"value"}
_TEXT_FIELDS = frozenset({"zh", "en"})


def check(obj: object) -> None:
    """Raise `PolicyError` with every problem of the policy in `obj`; return when it has none."""
    if problems := list(_policy(obj)):
        raise PolicyError(problems)


def _policy(obj: object) -> Iterator[Problem]:
    if not isinstance(obj, Mapping):
        yield Problem("not_an_object", "a policy is a JSON object", "")
        return
    yield from _fields(obj, _POLICY_REQUIRED, _POLICY_FIELDS, "")
    if "version" in obj:
        yield from _version(obj["version"])
    if "effective_at" in obj:
        yield from _time(obj["effective_at"], "/effective_at")
    if "facts" in obj:
        yield from _facts(obj["facts"])
    if obj.get("account_types") is not None:
        yield from _account_types(obj["account_types"])
    if "rules" in obj:
        yield from _rules(obj["rules"], obj.get("facts"))
    if "stages" in obj:
        yield from _stages(obj["stages"], obj.get("effective_at"))


def _fields(
    obj: Mapping[object, object], required: frozenset[str], known: frozenset[str], path: str
) -> Iterator[Problem]:
    for name in sorted(required - obj.keys()):
        yield Problem("field_missing", f"{name} is missing", f"{path}/{name}")
    for key in sorted(str(key) for key in obj if key not in known):
        yield Problem("field_unknown", f"{key!r} is not a field here", f"{path}/{_pointer(key)}")


def _version(value: object) -> Iterator[Problem]:
    if not (IS_VALUE_OF[FactType.INT](value) and value in range(1, 2**31)):
        yield Problem("version_invalid", "version is a whole number from 1", "/version")


def _time(value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, str) or (at := _parsed(value)) is None:
        yield Problem("time_invalid", "a time is an ISO 8601 date and time", path)
    elif at.tzinfo is None:
        yield Problem("time_naive", "a time needs an offset, such as +08:00", path)


def _parsed(value: str) -> datetime | None:
    """The instant that `value` writes; None where it is none, or one that no +08:00 clock shows."""
    try:
        at = datetime.fromisoformat(value)
        return at if at.tzinfo is None else at.astimezone(CHINA)
    except (ValueError, OverflowError):
        return None


def _stages(stages: object, effective_at: object) -> Iterator[Problem]:
    if not isinstance(stages, list):
        yield Problem("stages_invalid", "stages is a list", "/stages")
        return
    problems = [each for place, stage in enumerate(stages) for each in _stage(stage, place)]
    yield from problems
    if problems or not stages:
        return
    steps = [(each["percent"], datetime.fromisoformat(each["at"])) for each in stages]
    for place, (before, after) in enumerate(pairwise(steps), start=1):
        if after[0] <= before[0] or after[1] <= before[1]:
            message = "each stage comes later than the one before it, and takes in more accounts"
            yield Problem("stages_not_ascending", message, f"/stages/{place}")
    start = _parsed(effective_at) if isinstance(effective_at, str) else None
    if start is not None and start.tzinfo is not None and steps[0][1] != start:
        message = "the first stage begins at effective_at"
        yield Problem("stages_start_wrong", message, "/stages/0/at")
    if steps[-1][0] != 100:
        message = "the last stage takes in 100 percent"
        yield Problem("stages_not_complete", message, f"/stages/{len(steps) - 1}/percent")


def _stage(stage: object, place: int) -> Iterator[Problem]:
    path = f"/stages/{place}"
    if not isinstance(stage, Mapping):
        yield Problem("not_an_object", "a stage is a JSON object", path)
        return
    yield from _fields(stage, _STAGE_FIELDS, _STAGE_FIELDS, path)
    if "percent" in stage:
        percent = stage["percent"]
        if not (IS_VALUE_OF[FactType.INT](percent) and percent in range(1, 101)):
            message = "percent is a whole number from 1 to 100"
            yield Problem("stage_percent_invalid", message, f"{path}/percent")
    if "at" in stage:
        yield from _time(stage["at"], f"{path}/at")


def _facts(facts: object) -> Iterator[Problem]:
    if not isinstance(facts, Mapping):
        yield Problem("facts_invalid", "facts is an object of name to type", "/facts")
        return
    if not facts:
        yield Problem("facts_empty", "a policy declares at least one fact", "/facts")
    for name, kind in facts.items():
        path = f"/facts/{_pointer(name)}"
        if not (isinstance(name, str) and is_identifier(name)):
            yield Problem("fact_name_invalid", f"{name!r} is not a snake_case name", path)
        if _fact_type(kind) is None:
            known = ", ".join(FactType)
            yield Problem("fact_type_unknown", f"{kind!r} is not one of {known}", path)


def _account_types(value: object) -> Iterator[Problem]:
    path = "/account_types"
    if not isinstance(value, list):
        yield Problem("account_types_invalid", "account_types is a list, or null for all", path)
        return
    if not value:
        yield Problem("account_types_empty", "name an account type, or null for all", path)
    for index, name in enumerate(value):
        if not (isinstance(name, str) and name in ACCOUNT_TYPES):
            known = ", ".join(sorted(ACCOUNT_TYPES))
            message = f"{name!r} is not one of {known}"
            yield Problem("account_type_unknown", message, f"{path}/{index}")
        elif name in value[:index]:
            message = f"{name} is listed twice"
            yield Problem("account_type_duplicate", message, f"{path}/{index}")


def _rules(rules: object, facts: object) -> Iterator[Problem]:
    if not isinstance(rules, list):
        yield Problem("rules_invalid", "rules is a list", "/rules")
        return
    if not rules:
        yield Problem("rules_empty", "a policy has at least one rule", "/rules")
    if len(rules) > MAX_RULES:
        yield Problem("rules_too_many", f"a policy has at most {MAX_RULES} rules", "/rules")
    declared = facts if isinstance(facts, Mapping) else None
    reasons: set[str] = set()
    for index, rule in enumerate(rules):
        path = f"/rules/{index}"
        if not isinstance(rule, Mapping):
            yield Problem("not_an_object", "a rule is a JSON object", path)
            continue
        yield from _fields(rule, _RULE_REQUIRED, _RULE_FIELDS, path)
        yield from _comparison(rule, declared, path)
        if "reason" in rule:
            yield from _reason(rule["reason"], reasons, f"{path}/reason")
        for name in ("label", "how_to_fix"):
            if name in rule:
                yield from _text(rule[name], f"{path}/{name}")


def _reason(reason: object, seen: set[str], path: str) -> Iterator[Problem]:
    if not (isinstance(reason, str) and is_identifier(reason)):
        yield Problem("reason_invalid", f"{reason!r} is not a snake_case code", path)
    elif reason in seen:
        yield Problem("reason_duplicate", f"{reason} is given by two rules", path)
    else:
        seen.add(reason)


def _comparison(
    rule: Mapping[object, object], declared: Mapping[object, object] | None, path: str
) -> Iterator[Problem]:
    """The fact, the operator, and the value between them."""
    kind: FactType | None = None
    if "fact" in rule and declared is not None:
        fact = rule["fact"]
        if isinstance(fact, str) and fact in declared:
            kind = _fact_type(declared[fact])
        else:
            message = f"{fact!r} is not declared in facts"
            yield Problem("fact_undeclared", message, f"{path}/fact")
    if "op" not in rule:
        return
    name = rule["op"]
    operator = OPERATORS.get(name) if isinstance(name, str) else None
    if operator is None:
        message = f"{name!r} is not one of {', '.join(OPERATORS)}"
        yield Problem("operator_unknown", message, f"{path}/op")
        return
    if kind is not None and kind not in operator.fact_types:
        message = f"{operator.name} does not apply to a fact of type {kind}"
        yield Problem("operator_not_for_type", message, f"{path}/op")
        kind = None
    yield from _value(rule.get("value"), operator, kind, f"{path}/value")


def _value(
    value: object, operator: Operator, kind: FactType | None, path: str
) -> Iterator[Problem]:
    """The rule's value; `kind` is None where the fact's own problem leaves its type unknown."""
    if operator.operand is Operand.NONE:
        if value is not None:
            yield Problem("value_unexpected", f"{operator.name} takes no value", path)
    elif value is None or value == []:
        yield Problem("value_blank", f"{operator.name} needs a value", path)
    elif operator.operand is Operand.ONE:
        yield from _scalar(value, kind, path)
    elif not isinstance(value, list):
        yield Problem("value_wrong_type", f"{operator.name} takes a list of values", path)
    else:
        for index, item in enumerate(value):
            problems = list(_scalar(item, kind, f"{path}/{index}"))
            yield from problems
            if not problems and item in value[:index]:
                yield Problem("value_duplicate", f"{item!r} is listed twice", f"{path}/{index}")


def _scalar(value: object, kind: FactType | None, path: str) -> Iterator[Problem]:
    if value is None or (isinstance(value, str) and not value.strip()):
        yield Problem("value_blank", "a value may not be blank", path)
    elif isinstance(value, str) and not is_clean(value):
        yield Problem("text_malformed", "control characters and lone surrogates", path)
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem("value_out_of_range", "a value is a finite number", path)
    elif kind is not None and not IS_VALUE_OF[kind](value):
        yield Problem("value_wrong_type", f"{value!r} is not of type {kind}", path)
    elif isinstance(value, int) and (
        value not in _INT64 or (kind is FactType.FLOAT and int(float(value)) != value)
    ):
        yield Problem("value_out_of_range", f"{value} cannot be held exactly", path)


def _text(value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem("not_an_object", "a text is an object of zh and en", path)
        return
    yield from _fields(value, _TEXT_FIELDS, _TEXT_FIELDS, path)
    for language in ("zh", "en"):
        if language not in value:
            continue
        text = value[language]
        if not isinstance(text, str) or not text.strip():
            yield Problem("text_blank", "a text in each language", f"{path}/{language}")
        elif not is_clean(text):
            message = "control characters and lone surrogates"
            yield Problem("text_malformed", message, f"{path}/{language}")


def _fact_type(kind: object) -> FactType | None:
    return FactType(kind) if isinstance(kind, str) and kind in set(FactType) else None


def _pointer(key: object) -> str:
    """`key` as one token of a JSON pointer (RFC 6901)."""
    return str(key).replace("~", "~0").replace("/", "~1")
