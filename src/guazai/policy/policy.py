"""A policy as data (E1, E2): rules over facts, in force from an instant."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

from guazai.policy.validation import CHINA, check
from guazai.policy.values import FactType, Scalar, Text, Value


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition: `fact op value`. `reason` is the stable code given when it is not met.

    `value` is None for `is_true` and `is_false`, a tuple for `in` and `not_in`, else a scalar.
    """

    fact: str
    op: str
    value: Value
    reason: str
    label: Text
    how_to_fix: Text

    def to_json(self) -> dict[str, object]:
        """The rule as plain JSON."""
        return {
            "fact": self.fact,
            "op": self.op,
            "value": list(self.value) if isinstance(self.value, tuple) else self.value,
            "reason": self.reason,
            "label": self.label._asdict(),
            "how_to_fix": self.how_to_fix._asdict(),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """From the aware instant `at`, a policy applies to `percent` of all accounts (E2)."""

    percent: int
    at: datetime

    def to_json(self) -> dict[str, object]:
        """The stage as plain JSON."""
        return {"percent": self.percent, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Policy:
    """An immutable policy version. Every instance is valid: making a bad one raises `PolicyError`.

    `effective_at` is aware and kept in +08:00, as are the instants of `stages`; `facts` declares
    each fact's type; `account_types` None means all. Without stages all accounts are judged by it
    at once. Equal meanings have equal JSON and equal `content_hash`.
    """

    version: int
    effective_at: datetime
    facts: Mapping[str, FactType] = field(hash=False)
    account_types: frozenset[str] | None
    rules: tuple[Rule, ...]
    stages: tuple[Stage, ...] = ()

    def __post_init__(self) -> None:
        check(self.to_json())
        facts = {name: FactType(self.facts[name]) for name in sorted(self.facts)}
        rules = tuple(
            replace(rule, value=_canonical(rule.value, facts[rule.fact])) for rule in self.rules
        )
        stages = tuple(replace(each, at=each.at.astimezone(CHINA)) for each in self.stages)
        object.__setattr__(self, "effective_at", self.effective_at.astimezone(CHINA))
        object.__setattr__(self, "facts", MappingProxyType(facts))
        object.__setattr__(self, "rules", rules)
        # One stage is all accounts at once, which is said by none.
        object.__setattr__(self, "stages", stages if len(stages) > 1 else ())

    @classmethod
    def from_json(cls, obj: object) -> Self:
        """The policy written in `obj`. Raises `PolicyError` listing everything wrong with it."""
        check(obj)
        # What `check` let through has this shape.
        valid: Mapping[str, Any] = obj  # type: ignore[assignment]
        account_types = valid.get("account_types")
        return cls(
            version=valid["version"],
            effective_at=datetime.fromisoformat(valid["effective_at"]),
            facts=valid["facts"],
            account_types=None if account_types is None else frozenset(account_types),
            rules=tuple(_rule(rule) for rule in valid["rules"]),
            stages=tuple(
                Stage(each["percent"], datetime.fromisoformat(each["at"]))
                for each in valid.get("stages", ())
            ),
        )

    def to_json(self) -> dict[str, object]:
        """The policy as plain JSON, in one stable order; `stages` only where there are some."""
        staged = {"stages": [each.to_json() for each in self.stages]} if self.stages else {}
        return {
            "version": self.version,
            "effective_at": self.effective_at.isoformat(),
            "account_types": None if self.account_types is None else sorted(self.account_types),
            "facts": {name: str(kind) for name, kind in self.facts.items()},
            "rules": [rule.to_json() for rule in self.rules],
            **staged,
        }

    @property
    def content_hash(self) -> str:
        """SHA-256, in hex, of the canonical JSON."""
        text = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def share(self, at: datetime) -> int:
        """The percent of all accounts that it applies to at `at`, where no later one does.

        Raises `ValueError` for a naive `at`.
        """
        if at.tzinfo is None:
            raise ValueError("a share is that of an aware instant")
        stages = self.stages or (Stage(100, self.effective_at),)
        return max((each.percent for each in stages if each.at <= at), default=0)


def _rule(obj: Mapping[str, Any]) -> Rule:
    value = obj.get("value")
    return Rule(
        fact=obj["fact"],
        op=obj["op"],
        value=tuple(value) if isinstance(value, list) else value,
        reason=obj["reason"],
        label=Text(**obj["label"]),
        how_to_fix=Text(**obj["how_to_fix"]),
    )


def _canonical(value: Value, kind: FactType) -> Value:
    """One spelling for each meaning: lists sorted, numbers of a float fact as floats."""
    if isinstance(value, tuple):
        return tuple(sorted(_canonical_scalar(item, kind) for item in value))
    return None if value is None else _canonical_scalar(value, kind)


def _canonical_scalar(value: Scalar, kind: FactType) -> Any:
    # Adding 0.0 turns -0.0 into 0.0.
    return float(value) + 0.0 if kind is FactType.FLOAT else value
